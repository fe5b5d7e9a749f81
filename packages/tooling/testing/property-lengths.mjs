import fc from "fast-check";

// Its own default makes no list longer than about ten elements, however long the test says that one may be.
fc.configureGlobal({ ...fc.readConfigureGlobal(), defaultSizeToMaxWhenMaxSpecified: true });

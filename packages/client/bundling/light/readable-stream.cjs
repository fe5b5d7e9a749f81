// simple-peer is a stream for whoever wants one. Nobody here does: what is left is that it tells of events.

class Duplex {
  constructor() {
    this.readable = true;
    this.writable = true;
    this._readableState = { ended: false };
    this._writableState = { finished: false };
    this._listeners = new Map();
  }

  on(event, listener) {
    this._listeners.set(event, [...(this._listeners.get(event) ?? []), listener]);
    return this;
  }

  once(event, listener) {
    const first = (...args) => {
      this.removeListener(event, listener);
      listener.apply(this, args);
    };
    first.listener = listener;
    return this.on(event, first);
  }

  removeListener(event, listener) {
    const others = (this._listeners.get(event) ?? []).filter(
      (one) => one !== listener && one.listener !== listener,
    );
    this._listeners.set(event, others);
    return this;
  }

  emit(event, ...args) {
    const listeners = this._listeners.get(event) ?? [];
    // As Node does, so that no error is lost.
    if (event === "error" && listeners.length === 0) throw args[0];
    for (const listener of listeners) listener.apply(this, args);
    return listeners.length > 0;
  }

  push() {
    return false;
  }

  end() {
    return this;
  }
}

module.exports = { Duplex };

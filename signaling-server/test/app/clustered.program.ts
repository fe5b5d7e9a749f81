import cluster from "node:cluster";

// As PM2's cluster mode does it: the server is a worker, and goes with this process.
cluster.setupPrimary({ exec: "src/main.ts" });
cluster.fork();

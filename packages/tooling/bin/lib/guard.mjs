// Loaded (node --import) into each part that the start command runs: a part never outlives the command, however that ends.
const PATIENCE_MS = 5_000;

if (process.channel) {
  process.on("disconnect", () => {
    // A terminal may be gone as well: what a part still wants to say must not kill it.
    process.stdout.on("error", () => {});
    process.stderr.on("error", () => {});
    setTimeout(() => process.exit(1), PATIENCE_MS).unref();
    // A part's helpers are in its process group.
    process.kill(process.platform === "win32" ? process.pid : -process.pid, "SIGTERM");
  });
  process.channel.unref();
}

// The signaling server under PM2: PM2_KILL_SIGNAL=SIGTERM pm2 start ecosystem.config.cjs
// /opt/serendip/current is (a link to) what `npm run deploy DIR` made; secrets are from
// deploy/make-secrets.sh /etc/serendip/secrets GROUP, with a group of the user who starts PM2.
// PM2 itself stops programs by SIGINT, at which this server does not wait for the people on it; hence PM2_KILL_SIGNAL, which
// counts when PM2's daemon starts.

module.exports = {
  apps: [
    {
      name: "serendip",
      cwd: "/opt/serendip/current/signaling-server",
      script: "dist/main.js",
      // One process, and never the cluster mode (-i): two servers do not know each other's people.
      exec_mode: "fork",
      instances: 1,
      // More than the server takes to stop (DRAIN_MS and 5 s); after it PM2 kills it.
      kill_timeout: 45_000,
      // 78 says that a setting is wrong, which no start mends.
      stop_exit_codes: [78],
      exp_backoff_restart_delay: 100,
      env: {
        NODE_ENV: "production",
        PORT: "3001",
        HOST: "127.0.0.1",
        ALLOWED_ORIGINS: "https://chat.example.org",
        TRUST_PROXY: "1",
        SESSION_SECRET_FILE: "/etc/serendip/secrets/session-secret",
        ADMIN_TOKEN_FILE: "/etc/serendip/secrets/admin-token",
      },
    },
  ],
};

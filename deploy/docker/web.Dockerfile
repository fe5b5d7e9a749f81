# The page, from the root of the repository:
#   docker build -f deploy/docker/web.Dockerfile -t serendip/web .
# Where the signaling server is stands in /srv/page/config.json: put a file of your own there.

FROM node:22-bookworm-slim AS build
WORKDIR /src
COPY . .
RUN npm run deploy /out

# Its user (101) owns none of these files, and writes to /tmp only.
FROM nginxinc/nginx-unprivileged:1.28-alpine
COPY deploy/docker/page.conf /etc/nginx/conf.d/default.conf
COPY --from=build /out/web-client /srv/page
USER 101:101
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s --retries=3 CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/index.html"]
STOPSIGNAL SIGQUIT

# The signaling server, from the root of the repository:
#   docker build -f deploy/docker/signaling.Dockerfile -t serendip/signaling .

FROM node:22-bookworm-slim AS build
WORKDIR /src
COPY . .
RUN npm run deploy /out

# Node and nothing else: no shell, no package manager. Its user (nonroot, 65532) owns no file here.
FROM gcr.io/distroless/nodejs22-debian12:nonroot
WORKDIR /app
COPY --from=build /out/signaling-server ./
COPY --from=build /src/deploy/docker/health.mjs ./
ENV NODE_ENV=production
# Inside a container nobody is reached on 127.0.0.1; who may come in is for its network to say.
ENV HOST=0.0.0.0
ENV PORT=3001
USER 65532:65532
EXPOSE 3001
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 CMD ["/nodejs/bin/node", "health.mjs"]
STOPSIGNAL SIGTERM
CMD ["dist/main.js"]

# syntax=docker/dockerfile:1

# The tag moves with Node's patches. For reproducible builds, add the digest:
#   docker build --build-arg NODE_IMAGE=node:24-slim@sha256:<digest> .
ARG NODE_IMAGE=node:24-slim

# Run-time dependencies.
FROM ${NODE_IMAGE} AS modules
WORKDIR /app
COPY .npmrc package.json package-lock.json ./
COPY codegen/package.json codegen/
COPY generated/package.json generated/
COPY packages/account/package.json packages/account/
COPY packages/oauth/package.json packages/oauth/
COPY packages/entryway/package.json packages/entryway/
COPY packages/server/package.json packages/server/
COPY packages/xrpc/package.json packages/xrpc/
RUN --mount=type=cache,target=/root/.npm \
    npm ci --ignore-scripts --omit=dev --workspace=@lexwright/server

# Adds the compiler and types, which stay in this stage.
FROM modules AS build
RUN --mount=type=cache,target=/root/.npm \
    npm ci --ignore-scripts --workspace=@lexwright/server
COPY tsconfig.json ./
COPY scripts/build.ts scripts/
COPY generated generated
COPY packages packages
RUN node scripts/build.ts packages/xrpc generated packages/account packages/oauth packages/entryway packages/server \
    && mkdir data

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="lexwright-server" \
      org.opencontainers.image.description="An account server for the AT Protocol" \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production \
    PDS_PORT=2583 \
    PDS_DATA_DIRECTORY=/data
WORKDIR /app
COPY LICENSE ./
COPY --from=modules /app ./
COPY --from=build /app/generated/dist generated/dist
COPY generated/openapi.json generated/
COPY --from=build /app/packages/account/dist packages/account/dist
COPY --from=build /app/packages/oauth/dist packages/oauth/dist
COPY --from=build /app/packages/entryway/dist packages/entryway/dist
COPY --from=build /app/packages/server/dist packages/server/dist
COPY --from=build /app/packages/xrpc/dist packages/xrpc/dist
COPY packages/server/assets packages/server/assets
COPY packages/server/bin packages/server/bin
# Numeric, for runAsNonRoot. The image calls it node.
COPY --from=build --chown=1000:1000 /app/data /data
USER 1000:1000
VOLUME /data
EXPOSE 2583
# Liveness, not readiness: a server that waits for its database recovers without a restart.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --start-interval=1s \
    CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PDS_PORT + '/livez').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "packages/server/bin/lexwright-server.js"]

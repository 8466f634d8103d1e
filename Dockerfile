# syntax=docker/dockerfile:1
# It stands at the top because Docker, Railway and Fly look for it here. How to use it: docs/deploy/docker.md

# Compiles on the machine that builds, for the machine that the image is for.
FROM --platform=$BUILDPLATFORM oven/bun:1.4.5-slim AS build
ARG TARGETARCH
WORKDIR /src
COPY package.json bun.lock bunfig.toml ./
RUN bun install --frozen-lockfile --production --ignore-scripts
COPY migrations migrations
COPY src src
RUN bun build --compile --minify --bytecode --format=esm --target="bun-linux-$TARGETARCH" \
  src/main.ts src/store/writer.ts --outfile /image/usr/local/bin/lettabox \
  && mkdir /image/data

# glibc and nothing else: no shell, no package manager.
FROM gcr.io/distroless/base-nossl-debian12:nonroot
# Whom it runs as. Platforms whose volumes only root may write set this to 0.
ARG RUN_AS=65532
COPY --from=build /image/usr /usr
COPY --from=build --chown=$RUN_AS:$RUN_AS /image/data /data
COPY LICENSE /usr/share/doc/lettabox/LICENSE
# Not DATA_DIR: where a platform says where its volume is, the data belongs there. There is no VOLUME line either, because
# Railway refuses to build with one: mount something at /data, or the data goes with the container.
ENV HOST=0.0.0.0 PORT=8080 XDG_DATA_HOME=/data
EXPOSE 8080
USER $RUN_AS:$RUN_AS
HEALTHCHECK --interval=30s --timeout=6s --start-period=20s CMD ["/usr/local/bin/lettabox", "health"]
ENTRYPOINT ["/usr/local/bin/lettabox"]
CMD ["serve"]

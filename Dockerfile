# SalesFlow-Lite in one small image: the program, its configuration, and a volume for the shop.
#
#   docker build -t salesflow .
#   docker run --rm -v salesflow-data:/data -e SALESFLOW__AUTH__JWT_SECRET="$SECRET" salesflow migrate --create
#   docker run --stop-timeout 20 -p 8080:8080 -v salesflow-data:/data \
#     -e SALESFLOW__AUTH__JWT_SECRET="$SECRET" salesflow
#
# SECRET is the output of `openssl rand -base64 48`: keep it and give the same one at every start, a new
# one ends every session. The first command makes the shop in the volume, once: a container that is
# started without its volume must not open an empty shop. The program ends within 15 seconds of
# SIGTERM; Docker by itself would kill it after 10.

# The same Debian in both stages: the program is linked against its C library. Both are named by the
# digest of the image for all architectures, so that a build takes what was looked at and nothing else.
# To take newer ones, change tag and digest together: docker buildx imagetools inspect rust:1.95-slim-bookworm
# The first stage builds the web app, which the program embeds; nothing else of node gets into the image.
FROM node:20-bookworm-slim AS app
WORKDIR /source/web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci
COPY web .
RUN npm run build

FROM rust:1.95-slim-bookworm@sha256:d7482085ff5b415f84dba5647ae71606650bdef00db7aeb69f4b3d170c3e4082 AS builder
WORKDIR /source
COPY . .
COPY --from=app /source/static/app static/app
RUN cargo build --profile dist --locked --bin salesflow

FROM debian:bookworm-slim@sha256:7b140f374b289a7c2befc338f42ebe6441b7ea838a042bbd5acbfca6ec875818
# The image is as old as its digest: what Debian has mended since comes with the upgrade. The
# certificates are those by which databases and caches elsewhere prove who they are.
RUN apt-get update \
    && apt-get upgrade -y \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin salesflow \
    && mkdir -m 700 /data \
    && chown salesflow:salesflow /data

WORKDIR /app
COPY --from=builder /source/target/dist/salesflow /usr/local/bin/salesflow
COPY config config

ENV SALESFLOW_PROFILE=production \
    SALESFLOW__SERVER__BIND=0.0.0.0:8080 \
    SALESFLOW__DATA_DIRECTORY=/data \
    SALESFLOW__DATABASE__URL=sqlite:///data/salesflow.db

USER salesflow
VOLUME /data
EXPOSE 8080

# Ready, not merely alive: the database answers and the migrations are done.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["salesflow", "health"]

# SIGTERM, the default, makes it finish the requests under way and end within 15 seconds.
ENTRYPOINT ["salesflow"]
CMD ["serve"]

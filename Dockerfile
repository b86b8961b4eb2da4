# SalesFlow-Lite in one small image: the program, its configuration, and a volume for the shop.
#
# docker-compose.yml runs it with PostgreSQL, Redis and TLS, config/container/docker-compose.sqlite.yml
# with the embedded database (docs/operations.md). By hand:
#
#   docker build -t salesflow .
#   docker run --rm -v salesflow-data:/data -e SALESFLOW__AUTH__JWT_SECRET="$SECRET" salesflow migrate --create
#   docker run --stop-timeout 20 -p 8080:8080 -v salesflow-data:/data --read-only --cap-drop ALL \
#     --security-opt no-new-privileges -e SALESFLOW__AUTH__JWT_SECRET="$SECRET" salesflow
#
# SECRET is the output of `openssl rand -base64 48`: keep it and give the same one at every start, a new
# one ends every session. The first command makes the shop in the volume, once: a container that is
# started without its volume must not open an empty shop. The program ends within 15 seconds of
# SIGTERM; Docker by itself would kill it after 10.
#
# There is no shell in it: `docker exec … salesflow health` and the other commands of the program work. The
# build needs BuildKit, which every Docker since 23 builds with.

# The web app, which the program embeds; nothing else of node gets into the image. (This image is named by
# its version alone, not by a digest: what it builds is looked at, what it is does not run.)
FROM node:20-bookworm-slim AS app
WORKDIR /source/web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN --mount=type=cache,target=/var/cache/npm npm ci --cache /var/cache/npm
COPY web .
RUN npm run build

# The same Debian in both stages: the program is linked against its C library. Both are named by the
# digest of the image for all architectures, so that a build takes what was looked at and nothing else.
# To take newer ones, change tag and digest together: docker buildx imagetools inspect rust:1.95-slim-bookworm
FROM rust:1.95-slim-bookworm@sha256:d7482085ff5b415f84dba5647ae71606650bdef00db7aeb69f4b3d170c3e4082 AS builder
WORKDIR /source
COPY . .
COPY --from=app /source/static/app static/app
# What is downloaded and compiled stays in the caches of the builder: a change of the program compiles the
# program, not its three hundred dependencies.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    cargo build --profile dist --locked --bin salesflow \
    && cp target/dist/salesflow /usr/local/bin/salesflow

FROM debian:bookworm-slim@sha256:7b140f374b289a7c2befc338f42ebe6441b7ea838a042bbd5acbfca6ec875818 AS runtime
# The image is as old as its digest: what Debian has mended since comes with the upgrade. The
# certificates are those by which databases, caches and mail servers elsewhere prove who they are.
RUN apt-get update \
    && apt-get upgrade -y \
    && apt-get install -y --no-install-recommends ca-certificates
COPY --from=builder /usr/local/bin/salesflow /image/usr/local/bin/salesflow
COPY config/default.toml config/production.toml /image/config/
# What the program needs of Debian: the libraries that it is linked against, the certificates, and how names are
# looked up. Nothing else gets into the image: no shell, no package manager, nothing to be mended every week.
RUN ldd /image/usr/local/bin/salesflow | grep -o '/[^ ]*' | xargs cp --dereference --parents --target-directory /image \
    && cp --parents --target-directory /image /etc/nsswitch.conf /etc/ssl/certs/ca-certificates.crt \
    && printf 'salesflow:x:10001:10001::/:/sbin/nologin\n' > /image/etc/passwd \
    && printf 'salesflow:x:10001:\n' > /image/etc/group \
    && mkdir -m 1777 /image/tmp \
    && mkdir -m 700 /image/data \
    && chown 10001:10001 /image/data

FROM scratch
# BuildKit keeps the owner of /data.
COPY --from=runtime /image/ /

# Relative paths of the settings begin here: data/salesflow.db is a file of the volume. They are no
# variables, so that SALESFLOW__DATABASE__URL or SALESFLOW__DATABASE__URL_FILE can name another database.
WORKDIR /

ENV PATH=/usr/local/bin \
    SALESFLOW_PROFILE=production \
    SALESFLOW__SERVER__BIND=0.0.0.0:8080

USER 10001:10001
VOLUME /data
EXPOSE 8080

# Ready, not merely alive: the database answers and the migrations are done.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["salesflow", "health"]

# SIGTERM, the default, makes it finish the requests under way and end within 15 seconds.
ENTRYPOINT ["salesflow"]
CMD ["serve"]

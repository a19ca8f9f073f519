# syntax=docker/dockerfile:1

# docker build -t registry.example/aks-drift-auditor:0.1.0 .
#
# The tag names one patch release of Python, but a tag can be moved. Before a release, look its digest up and pin that:
#   docker buildx imagetools inspect python:3.13.7-slim-trixie
#   docker build --build-arg PYTHON_IMAGE=python:3.13.7-slim-trixie@sha256:… …
ARG PYTHON_IMAGE=python:3.13.7-slim-trixie

FROM ${PYTHON_IMAGE} AS build
WORKDIR /source
COPY . .
# Locked dependencies and the auditor, compiled; tests/install builds the same tree without an engine.
RUN config/image/root.sh /root-tree

FROM ${PYTHON_IMAGE}

ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="aks-drift-auditor" \
      org.opencontainers.image.description="Tells where internal Azure load balancers and Private Link Services on AKS differ from what Git declares." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# git reads repositories, ssh and the certificates are how it reaches them. ssh wants its user to have a name.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates git openssh-client \
    && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log \
    && groupadd --gid 65532 auditor \
    && useradd --uid 65532 --gid 65532 --home-dir /tmp --no-create-home --shell /usr/sbin/nologin auditor \
    && rm -rf /usr/local/bin/pip* /usr/local/bin/idle* /usr/local/bin/pydoc* /usr/local/bin/2to3* \
        /usr/local/lib/python3.*/site-packages/* \
        /usr/local/lib/python3.*/ensurepip /usr/local/lib/python3.*/idlelib \
        /usr/local/lib/python3.*/tkinter /usr/local/lib/python3.*/turtledemo \
    && python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash /usr/local/lib/python3.*/
# The last line: the base image comes without the bytecode of the standard library, and on a read-only root every start
# would compile it again.

COPY --from=build /root-tree/app /app

ENV PATH=/app/bin:/usr/local/bin:/usr/bin:/bin \
    HOME=/tmp
WORKDIR /tmp
USER 65532:65532
ENTRYPOINT ["auditor"]
CMD ["--help"]

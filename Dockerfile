# An image of audsync: the daemon, as a user without a name, on a root that nobody writes to.
# docs/how-to/run-in-a-container.md says how to build and run it.

FROM python:3.12-slim-bookworm AS build
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements/run.txt requirements/build.txt requirements/
RUN python -m venv /opt/audsync \
    && /opt/audsync/bin/pip install --no-cache-dir --require-hashes -r requirements/run.txt \
    && python -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY src src
COPY connectors connectors
RUN /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir dist . \
    && /opt/audsync/bin/pip install --no-cache-dir --no-deps --no-index dist/*.whl

FROM python:3.12-slim-bookworm
COPY --from=build /opt/audsync /opt/audsync
RUN install --directory --owner=10001 --group=10001 --mode=0700 \
    /audsync /audsync/state /audsync/snapshots
ENV PATH=/opt/audsync/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    AUDSYNC_CONFIG=/audsync/config.toml
WORKDIR /audsync
USER 10001:10001
VOLUME ["/audsync/state", "/audsync/snapshots"]
HEALTHCHECK --interval=5m --timeout=60s --start-period=30s CMD ["audsync", "doctor", "--quiet"]
ENTRYPOINT ["audsync"]
CMD ["daemon"]

# Breakout in a container: not root, and nothing is written but the database.
#
#   docker build -t breakout .
#   docker run --read-only --cap-drop ALL --security-opt no-new-privileges -p 8765:8765 -v breakout:/data \
#       -v ./hmac.key:/run/secrets/hmac.key:ro -e BREAKOUT_HMAC_KEY_FILE=/run/secrets/hmac.key breakout
#
# The key must be readable by user 10001. SIGTERM drains for at most 8 s, within the 10 s that docker waits.

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/breakout
WORKDIR /src
COPY requirements.txt ./
RUN /opt/breakout/bin/pip install --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY breakout breakout
COPY actors actors
COPY persistence persistence
COPY gateway gateway
COPY bench bench
RUN /opt/breakout/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin breakout \
    && install -d -o breakout -g breakout -m 700 /data
COPY --from=build /opt/breakout /opt/breakout
ENV PATH=/opt/breakout/bin:$PATH PYTHONDONTWRITEBYTECODE=1 \
    BREAKOUT_HOST=0.0.0.0 BREAKOUT_PORT=8765 BREAKOUT_DB=/data/breakout.db BREAKOUT_LOG_FORMAT=json
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8765
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["breakout", "health"]
ENTRYPOINT ["breakout"]
CMD ["serve"]

# docker build --build-arg VERSION=1.0.0 -t duban .
# docker run -d --name duban -v /srv/duban:/data -p 127.0.0.1:8711:8711 duban
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/duban . \
    && /out/duban selftest \
    && mkdir -m 700 /out/data /out/tmp

# Time zones and holidays are inside the program; it needs nothing else but the authorities of the certificates.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/duban /duban
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build --chown=65532:65532 /out/tmp /tmp
USER 65532:65532
WORKDIR /data
VOLUME /data
EXPOSE 8711
HEALTHCHECK --interval=1m --timeout=10s --start-period=1m CMD ["/duban", "health", "--config", "/data/config.yaml"]
ENTRYPOINT ["/duban"]
CMD ["run", "--config", "/data/config.yaml"]

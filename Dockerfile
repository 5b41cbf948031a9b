# syntax=docker/dockerfile:1

# ---- build
FROM maven:3.9-eclipse-temurin-25 AS build
WORKDIR /build
COPY pom.xml ./
COPY .mvn .mvn
COPY src src
RUN --mount=type=cache,target=/root/.m2 mvn -B -q -DskipTests -Djacoco.skip=true package

# ---- run
FROM eclipse-temurin:25-jre
LABEL org.opencontainers.image.title="Sluice" \
      org.opencontainers.image.description="A reservoir of working HTTP and SOCKS proxies" \
      org.opencontainers.image.licenses="Apache-2.0"

RUN groupadd --gid 10001 sluice \
    && useradd --uid 10001 --gid sluice --home-dir /app --no-create-home --shell /usr/sbin/nologin sluice \
    && mkdir -p /app/conf /app/data /app/extensions \
    && chown sluice:sluice /app/data

WORKDIR /app
COPY --from=build /build/target/sluice.jar /app/sluice.jar
COPY conf/sluice.yaml /app/conf/sluice.yaml

USER 10001:10001
VOLUME /app/data
EXPOSE 8080

# Beyond loopback the API needs a key: without SLUICE_ADMIN_KEY the server refuses to start. As every variable, this one wins
# over the file; set it otherwise to listen elsewhere.
ENV SLUICE_SERVER_HOST=0.0.0.0

# The image has no curl, and a second Java every half minute costs more than the question: bash asks by itself.
# /health answers as long as the process serves.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${SLUICE_SERVER_PORT:-8080} && printf 'GET /health HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && IFS= read -r status <&3 && [[ $status == 'HTTP/1.'?' 200'* ]]"]

# Java itself is the first process: it gets the signals, drains and stops. Further flags go into JDK_JAVA_OPTIONS, for
# example JDK_JAVA_OPTIONS=-Xmx2g. Half of the memory is heap, the rest is for sockets, buffers and SQLite.
ENTRYPOINT ["java", \
    "--enable-native-access=ALL-UNNAMED", \
    "--sun-misc-unsafe-memory-access=allow", \
    "-XX:+UseCompactObjectHeaders", \
    "-XX:+UseG1GC", \
    "-XX:MaxRAMPercentage=50", \
    "-XX:+ExitOnOutOfMemoryError", \
    "-jar", "/app/sluice.jar"]
CMD ["serve"]

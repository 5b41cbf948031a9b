package dev.sluice.api;

import dev.sluice.config.JudgeConfig;
import dev.sluice.judge.JudgeSigner;
import dev.sluice.net.PemIdentity;
import dev.sluice.net.SelfSigned;
import dev.sluice.net.UnpooledBodies;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.net.BindException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listeners for the judge alone: plain where {@code judge.listen} is set, TLS where {@code judge.tls-listen} is. The TLS
 * listener is recognised by its key, or by an authority that vouches for its certificate.
 *
 * <p>Starting fails with {@link BindException} naming the key when an address can't be listened on.
 */
public final class JudgeVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(JudgeVerticle.class);
    private static final int IDLE_SECONDS = 10;
    private static final long LIFE_MILLIS = 60_000;
    private static final int MAX_HEADER_BYTES = 16_384;
    private static final int MAX_LINE_BYTES = 4_096;

    private final JudgeConfig config;
    private final JudgeEndpoint endpoint;
    private final PemIdentity identity;
    private final List<HttpServer> servers = new ArrayList<>();
    private volatile int port;
    private volatile int tlsPort;

    /**
     * Made, not yet listening.
     *
     * @param config where to listen
     * @param signer signs the answers
     * @param identity key and certificate of the TLS listener, made for this process
     */
    public JudgeVerticle(JudgeConfig config, JudgeSigner signer, SelfSigned identity) {
        this(config, signer, identity.pem());
    }

    /** The same with a key and a certificate of the operator's own. */
    public JudgeVerticle(JudgeConfig config, JudgeSigner signer, PemIdentity identity) {
        this.config = config;
        this.endpoint = new JudgeEndpoint(signer);
        this.identity = identity;
    }

    /** SHA-256 of the TLS listener's SubjectPublicKeyInfo in Base64. */
    public String pin() {
        return identity.pin();
    }

    /** The plain listener's port once started, 0 where there is none. */
    public int port() {
        return port;
    }

    /** The TLS listener's port once started, 0 where there is none. */
    public int tlsPort() {
        return tlsPort;
    }

    @Override
    public Future<?> start() {
        Future<Integer> plain =
                listen("judge.listen", config.listen(), options()).onSuccess(bound -> port = bound);
        HttpServerOptions tls = options()
                .setSsl(true)
                .setKeyCertOptions(new PemKeyCertOptions()
                        .addCertValue(Buffer.buffer(identity.certificatesPem()))
                        .addKeyValue(Buffer.buffer(identity.privateKeyPem())));
        Future<Integer> secured =
                listen("judge.tls-listen", config.tlsListen(), tls).onSuccess(bound -> tlsPort = bound);
        return Future.all(plain, secured);
    }

    @Override
    public Future<?> stop() {
        return Future.join(servers.stream()
                .map(server -> server.shutdown(1, TimeUnit.SECONDS))
                .toList());
    }

    private static HttpServerOptions options() {
        return new HttpServerOptions()
                .setIdleTimeout(IDLE_SECONDS)
                .setMaxHeaderSize(MAX_HEADER_BYTES)
                .setMaxInitialLineLength(MAX_LINE_BYTES)
                .setHttp2ClearTextEnabled(false)
                .setUseAlpn(false);
    }

    private Future<Integer> listen(String key, @Nullable String hostAndPort, HttpServerOptions options) {
        if (hostAndPort == null) {
            return Future.succeededFuture(0);
        }
        int colon = hostAndPort.lastIndexOf(':');
        if (colon < 1 || !hostAndPort.substring(colon + 1).matches("[0-9]{1,5}")) {
            return Future.failedFuture(
                    new IllegalArgumentException(key + ": " + hostAndPort + " (expected: HOST:PORT)"));
        }
        String host = hostAndPort.substring(0, colon).replace("[", "").replace("]", "");
        HttpServer server = vertx.createHttpServer(options)
                .connectionHandler(this::limitLife)
                .requestHandler(endpoint);
        servers.add(server);
        return server.listen(Integer.parseInt(hostAndPort.substring(colon + 1)), host)
                .recover(failure -> Future.failedFuture(bindFailure(failure, key, hostAndPort)))
                .map(HttpServer::actualPort)
                .onSuccess(bound -> LOG.atInfo()
                        .addKeyValue("host", host)
                        .addKeyValue("port", bound)
                        .addKeyValue("tls", options.isSsl())
                        .log("judge listens"));
    }

    /** Native transports tell of an address that can't be bound by exceptions of their own. */
    private static Throwable bindFailure(Throwable failure, String key, String hostAndPort) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage());
            if (message.contains("Address already in use") || message.contains("Cannot assign requested address")) {
                BindException taken = new BindException(key + ": " + hostAndPort
                        + " (expected: a free port of an address of this machine; " + message + ")");
                taken.initCause(failure);
                return taken;
            }
        }
        return failure;
    }

    /** A client that sends a byte now and then is never idle: a connection's life is bounded as a whole. */
    private void limitLife(HttpConnection connection) {
        UnpooledBodies.install(connection);
        long timer = vertx.setTimer(LIFE_MILLIS, id -> connection.close());
        connection.closeHandler(closed -> vertx.cancelTimer(timer));
    }
}

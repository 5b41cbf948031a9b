package dev.sluice.farm;

import dev.sluice.net.SelfSigned;
import dev.sluice.net.farm.FarmNetwork;
import dev.sluice.net.farm.FarmNetworkOptions;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.PemKeyCertOptions;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The farm: proxies of every kind on 127.0.0.0/8, their lists, the truth about them, and a target to reach through them.
 *
 * <p>Undeploying closes every socket. Deploy one instance.
 */
public final class FarmVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(FarmVerticle.class);
    private static final Duration IDLE = Duration.ofSeconds(30);
    private static final Duration VALIDITY = Duration.ofDays(365);
    private static final int MAX_HEAD = 16 * 1024;

    private final FarmConfig config;
    private final InstantSource clock;
    private final List<HttpServer> servers = new ArrayList<>();
    private @Nullable FarmNetwork network;
    private volatile @Nullable Farm farm;

    /** A farm as {@code config} says; {@code clock} dates lists and certificates. */
    public FarmVerticle(FarmConfig config, InstantSource clock) {
        this.config = config;
        this.clock = clock;
    }

    /**
     * The running farm.
     *
     * @throws IllegalStateException before the deployment succeeded
     */
    public Farm farm() {
        Farm running = farm;
        if (running == null) {
            throw new IllegalStateException("the farm is not deployed");
        }
        return running;
    }

    /** Fails with {@link java.io.IOException} when a wanted port is taken or the truth can't be written. */
    @Override
    public Future<?> start() throws Exception {
        FarmNetworkOptions options =
                new FarmNetworkOptions(config.ports(), certificate("forged.farm"), config.conditions(), IDLE);
        SelfSigned certificate = certificate("target.farm");
        return FarmNetwork.start(vertx, options)
                .compose(opened -> {
                    network = opened;
                    return vertx.executeBlocking(
                            () -> FarmPlan.create(config.mix(), config.count(), config.seed(), opened.ports()));
                })
                .compose(plan -> open(new Farm(plan, opened(), clock), certificate))
                .compose(this::writeTruth)
                .onSuccess(this::announce)
                .recover(failure -> close().transform(closed -> Future.failedFuture(failure)));
    }

    @Override
    public Future<?> stop() {
        return close();
    }

    private Future<Farm> open(Farm built, SelfSigned certificate) {
        FarmSite site = new FarmSite(vertx, built);
        HttpServerOptions plain = new HttpServerOptions()
                .setHost(config.host())
                .setPort(config.webPort())
                .setIdleTimeout((int) IDLE.toSeconds())
                .setMaxHeaderSize(MAX_HEAD)
                .setMaxInitialLineLength(MAX_HEAD);
        HttpServerOptions secure = new HttpServerOptions(plain)
                .setPort(config.tlsPort())
                .setSsl(true)
                .setKeyCertOptions(new PemKeyCertOptions()
                        .addCertValue(Buffer.buffer(certificate.certificatePem()))
                        .addKeyValue(Buffer.buffer(certificate.privateKeyPem())));
        HttpServerOptions steering = new HttpServerOptions(plain).setPort(config.controlPort());
        Future<Integer> web = listen(plain, site.outages());
        Future<Integer> tls = listen(secure, site.outages());
        Future<Integer> control = listen(steering, new ControlSite(built, site));
        return Future.join(web, tls, control).map(listening -> {
            built.moveIn(new Farm.Sites(
                    "http://" + config.host() + ':' + web.result(),
                    "https://" + config.host() + ':' + tls.result(),
                    "http://" + config.host() + ':' + control.result(),
                    certificate.certificatePem()));
            opened().serve(
                            built::roleAt,
                            Map.of(
                                    "target.farm:80", new InetSocketAddress(config.host(), web.result()),
                                    "target.farm:443", new InetSocketAddress(config.host(), tls.result()),
                                    "target.farm:*", new InetSocketAddress(config.host(), 0),
                                    "judge.farm:*", new InetSocketAddress("127.0.0.1", 0)));
            farm = built;
            return built;
        });
    }

    private Future<Integer> listen(HttpServerOptions options, Handler<HttpServerRequest> site) {
        HttpServer server = vertx.createHttpServer(options).requestHandler(site);
        servers.add(server);
        return server.listen().map(HttpServer::actualPort);
    }

    private Future<Farm> writeTruth(Farm built) {
        Path file = config.truthFile();
        if (file == null) {
            return Future.succeededFuture(built);
        }
        return vertx.executeBlocking(() -> Files.writeString(file, built.truth()))
                .map(built);
    }

    private void announce(Farm built) {
        LOG.atInfo()
                .addKeyValue("url", built.webUrl())
                .addKeyValue("tls_url", built.tlsUrl())
                .addKeyValue("control_url", built.controlUrl())
                .addKeyValue(
                        "anchor",
                        built.anchor().getHostString() + ':' + built.anchor().getPort())
                .addKeyValue("entries", built.proxies().size())
                .addKeyValue("ports", built.ports())
                .addKeyValue("silence_verified", built.silenceVerified())
                .log("the farm is open");
    }

    private Future<Void> close() {
        List<Future<?>> closing = new ArrayList<>();
        for (HttpServer server : servers) {
            closing.add(server.close());
        }
        FarmNetwork opened = network;
        if (opened != null) {
            closing.add(opened.close());
        }
        return Future.join(Collections.unmodifiableList(closing)).mapEmpty();
    }

    private FarmNetwork opened() {
        FarmNetwork opened = network;
        if (opened == null) {
            throw new IllegalStateException("the farm's sockets are not open");
        }
        return opened;
    }

    private SelfSigned certificate(String name) throws GeneralSecurityException {
        Instant now = clock.instant();
        return SelfSigned.create(
                name,
                new InetSocketAddress(config.host(), 0).getAddress(),
                now.minus(Duration.ofHours(1)),
                now.plus(VALIDITY));
    }
}

package dev.sluice.main;

import dev.sluice.farm.Farm;
import dev.sluice.farm.FarmConfig;
import dev.sluice.farm.FarmMix;
import dev.sluice.farm.FarmProxy;
import dev.sluice.farm.FarmVerticle;
import dev.sluice.proxy.ProxyKey;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.InstantSource;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** A farm in a Vert.x of its own. */
final class FarmFixture implements AutoCloseable {
    private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    private final Farm farm;

    FarmFixture(int count, long seed, FarmMix mix) throws Exception {
        FarmVerticle verticle = new FarmVerticle(FarmConfig.of(count, seed, mix), InstantSource.system());
        vertx.deployVerticle(verticle).toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        farm = verticle.farm();
    }

    Farm farm() {
        return farm;
    }

    /** URLs, with credentials, of everything a correct checker would serve. */
    Set<String> servable() {
        Set<String> urls = new TreeSet<>();
        for (FarmProxy proxy : farm.proxies()) {
            if (proxy.servable()) {
                proxy.identities().stream().map(ProxyKey::urlWithCredentials).forEach(urls::add);
            }
        }
        return urls;
    }

    @Override
    public void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }
}

package dev.sluice.main;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Nothing secret comes out of a server with a file. */
class SecretsVerticleTest extends SecretsContract {
    @Override
    String storeUrl(Path data) {
        return "sqlite:" + data.resolve("sluice.db");
    }

    @Override
    Map<String, String> secretsOfStore() {
        return Map.of();
    }

    @Override
    @Nullable
    String everythingStored() {
        return null;
    }
}

package dev.sluice.port;

import io.vertx.core.Future;
import java.util.List;

/** Reads the configuration again. {@code main} implements it, {@code api} uses it. Thread-safe. */
public interface Reload {
    /** Parses, compares and applies. A broken configuration changes nothing and is a result, not a failure. */
    Future<Result> reload();

    /**
     * What came of it.
     *
     * @param applied dotted keys that changed and took effect
     * @param restart dotted keys that changed and wait for a restart
     * @param problems why nothing was applied; empty when it was
     */
    record Result(List<String> applied, List<String> restart, List<String> problems) {}
}

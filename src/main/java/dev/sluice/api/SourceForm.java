package dev.sluice.api;

import dev.sluice.parse.MaskedSample;
import dev.sluice.port.SourceFigures;
import dev.sluice.port.Sources;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Sources as JSON. */
final class SourceForm {
    private SourceForm() {}

    /** A source in a list. */
    static JsonObject json(Sources.Account account, SourceFigures.Counted counted) {
        Sources.State state = account.state();
        return new JsonObject()
                .put("name", state.name())
                .put("kind", state.kind())
                .put("enabled", state.enabled())
                .put("enabled_by", account.chosen() == null ? "configuration" : "api")
                .put("configured", account.configured())
                .put("kept", account.kept())
                .put("entries", state.entries())
                .put("added", state.added())
                .put("rejected", state.rejected())
                .put("last_fetch_at", ProxyForm.time(state.lastFetchAtMillis()))
                .put("last_success_at", ProxyForm.time(state.lastSuccessAtMillis()))
                .put("last_change_at", ProxyForm.time(state.lastChangeAtMillis()))
                .put("next_fetch_at", ProxyForm.time(state.nextFetchAtMillis()))
                .put("interval_s", seconds(account.intervalMillis()))
                .put("effective_interval_s", seconds(account.stretchedMillis()))
                .put("stretched", account.stretched())
                .put("failures", state.failures())
                .put("last_error", state.lastError())
                .put("economics", economics(counted, counted.of(state.name())));
    }

    private static double seconds(long millis) {
        return millis / 1e3;
    }

    private static JsonObject economics(SourceFigures.Counted counted, SourceFigures.Of of) {
        return new JsonObject()
                .put("counted_at", ProxyForm.time(counted.atMillis()))
                .put("listed", of.listed())
                .put("alive", of.alive())
                .put("unique", of.alone())
                .put("unique_alive", of.aliveAlone())
                .put("checked", of.checked())
                .put("ever_alive", of.everAlive())
                .put("first_found", of.aliveFirst())
                .put("checks", of.checks())
                .put("successes", of.successes())
                .put("yield", share(of.alive(), of.listed()))
                .put("uniqueness", share(of.alone(), of.listed()))
                .put("unique_yield", share(of.aliveAlone(), of.alive()))
                .put("precision", share(of.alive(), of.checked()))
                .put("ever_precision", share(of.everAlive(), of.checked()))
                .put("checks_per_alive", of.alive() == 0 ? null : round((double) of.checks() / of.alive()));
    }

    /** 0..1; null where there is nothing to have a share of. */
    static @Nullable Double share(long part, long whole) {
        return whole == 0 ? null : round((double) part / whole);
    }

    private static double round(double value) {
        return Math.round(value * 1e4) / 1e4;
    }

    /**
     * A source in detail.
     *
     * @param samples whether the caller may see refused lines
     */
    static JsonObject detail(
            Sources.Account account, SourceFigures.Counted counted, Sources.Rejections rejections, boolean samples) {
        JsonObject reasons = new JsonObject();
        new TreeMap<>(rejections.byReason()).forEach(reasons::put);
        JsonArray errors = new JsonArray();
        for (Sources.Failure failure : account.failures()) {
            errors.add(new JsonObject()
                    .put("at", ProxyForm.time(failure.atMillis()))
                    .put("error", failure.error()));
        }
        JsonArray fetches = new JsonArray();
        for (Sources.Fetch fetch : account.fetches()) {
            fetches.add(fetch(fetch));
        }
        return json(account, counted)
                .put("next_fetch_because", why(account))
                .put("rejected_by_reason", reasons)
                .put("rejected_samples", samples ? samples(rejections) : null)
                .put("errors", errors)
                .put("fetches", fetches);
    }

    /** Why it is fetched next when it is. */
    private static String why(Sources.Account account) {
        Sources.State state = account.state();
        if (!state.enabled()) {
            return account.chosen() == null
                    ? "switched off by the configuration"
                    : "switched off by API, whatever the configuration says";
        }
        if (state.nextFetchAtMillis() == 0) {
            return "being fetched, or fetching is switched off altogether (fetch.enabled)";
        }
        if (state.failures() > 0) {
            return "tried again after " + state.failures() + (state.failures() == 1 ? " failure" : " failures")
                    + " in a row, the later the more there were";
        }
        String stretched = account.stretched();
        return stretched == null ? "its interval" : "a longer interval: " + stretched;
    }

    private static JsonObject fetch(Sources.Fetch fetch) {
        return new JsonObject()
                .put("at", ProxyForm.time(fetch.atMillis()))
                .put("result", fetch.result())
                .put("entries", fetch.entries())
                .put("added", fetch.added())
                .put("rejected", fetch.rejected())
                .put("listed", fetch.listed())
                .put("alive", fetch.alive())
                .put("unique_alive", fetch.aliveAlone())
                .put("yield", share(fetch.alive(), fetch.listed()));
    }

    private static JsonArray samples(Sources.Rejections rejections) {
        JsonArray samples = new JsonArray();
        for (Sources.Sample sample : rejections.samples()) {
            samples.add(new JsonObject(Map.of(
                    "line", sample.line(),
                    "reason", sample.reason(),
                    "detail", sample.detail(),
                    "text", MaskedSample.of(sample.text()))));
        }
        return samples;
    }
}

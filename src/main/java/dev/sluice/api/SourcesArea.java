package dev.sluice.api;

import dev.sluice.port.KeyRecord.Role;
import dev.sluice.port.SourceFigures;
import dev.sluice.port.Sources;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleBiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /api/v1/sources}: how the sources stand, what they are worth, and whether they are fetched. */
public final class SourcesArea implements Area {
    private static final Logger LOG = LoggerFactory.getLogger(SourcesArea.class);
    private static final String NAME = "name";
    private static final String SORT = "sort";
    private static final String ENABLED = "enabled";
    /** A leading minus turns an order round. */
    private static final char DESCENDING = '-';

    /** What sources can be sorted by, besides their names; nothing comes before the least. */
    private static final Map<String, ToDoubleBiFunction<Sources.Account, SourceFigures.Of>> ORDERS =
            new TreeMap<>(Map.of(
                    "listed", (account, of) -> of.listed(),
                    "alive", (account, of) -> of.alive(),
                    "unique_alive", (account, of) -> of.aliveAlone(),
                    "first_found", (account, of) -> of.aliveFirst(),
                    "yield", (account, of) -> number(SourceForm.share(of.alive(), of.listed())),
                    "uniqueness", (account, of) -> number(SourceForm.share(of.alone(), of.listed())),
                    "precision", (account, of) -> number(SourceForm.share(of.alive(), of.checked())),
                    "failures", (account, of) -> account.state().failures(),
                    "next_fetch_at", (account, of) -> account.state().nextFetchAtMillis()));

    private final Sources sources;
    private final SourceFigures figures;

    /** Shows and changes {@code sources}, of which {@code figures} tells what they are worth. */
    public SourcesArea(Sources sources, SourceFigures figures) {
        this.sources = sources;
        this.figures = figures;
    }

    private static double number(@Nullable Double share) {
        return share == null ? -1 : share;
    }

    @Override
    public List<Route> routes(Desk desk) {
        return List.of(
                desk.get("/api/v1/sources", "the sources, and what they are worth", this::list),
                desk.get("/api/v1/sources/{name}", "one source in detail", this::get),
                desk.admin(
                        "PUT",
                        "/api/v1/sources/{name}/enabled",
                        "switch a source on or off",
                        exchange -> enable(exchange, desk.bodies())),
                desk.admin(
                        "DELETE",
                        "/api/v1/sources/{name}/enabled",
                        "back to what the configuration says of it",
                        this::obeyConfiguration),
                desk.admin("POST", "/api/v1/sources/fetch", "fetch one source, or all, now", this::fetch),
                desk.admin("POST", "/api/v1/sources/{name}/fetch", "fetch a source now", this::fetchOne));
    }

    private void list(Exchange exchange) {
        Query query = Query.parse(exchange.request().query(), List.of(SORT));
        SourceFigures.Counted counted = figures.counted();
        List<Sources.Account> accounts = new ArrayList<>(sources.accounts());
        sort(accounts, counted, query.get(SORT));
        JsonArray states = new JsonArray();
        accounts.forEach(account -> states.add(SourceForm.json(account, counted)));
        exchange.json(200, new JsonObject().put("sources", states));
    }

    private static void sort(List<Sources.Account> accounts, SourceFigures.Counted counted, @Nullable String by) {
        if (by == null) {
            return;
        }
        boolean descending = by.charAt(0) == DESCENDING;
        String order = descending ? by.substring(1) : by;
        Comparator<Sources.Account> comparator;
        ToDoubleBiFunction<Sources.Account, SourceFigures.Of> figure = ORDERS.get(order);
        if (figure != null) {
            comparator = Comparator.comparingDouble(account ->
                    figure.applyAsDouble(account, counted.of(account.state().name())));
        } else if (order.equals(NAME)) {
            comparator = Comparator.comparing(account -> account.state().name());
        } else {
            throw new Refused(Problems.invalidParameter(
                    SORT,
                    SORT + ": " + by + " (expected: " + NAME + ", " + String.join(", ", ORDERS.keySet())
                            + "; with - in front from the largest)"));
        }
        // They come sorted by name, and what is equal stays so.
        accounts.sort(descending ? comparator.reversed() : comparator);
    }

    private void get(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        Sources.Account account = account(exchange.segment(NAME));
        exchange.json(
                200,
                SourceForm.detail(
                        account,
                        figures.counted(),
                        sources.rejections(account.state().name()),
                        exchange.caller().has(Role.ADMIN)));
    }

    private Sources.Account account(String name) {
        List<String> known = new ArrayList<>();
        for (Sources.Account account : sources.accounts()) {
            if (account.state().name().equals(name)) {
                return account;
            }
            known.add(account.state().name());
        }
        throw new Refused(Problems.noSource(name, known));
    }

    private void enable(Exchange exchange, BodyReader bodies) {
        Query.parse(exchange.request().query(), List.of());
        Sources.Account account = account(exchange.segment(NAME));
        exchange.here(bodies.read(exchange)
                        .map(SourcesArea::wanted)
                        .compose(wanted -> sources.enable(account.state().name(), wanted)))
                .onSuccess(changed -> answer(exchange, changed))
                .onFailure(exchange::refuse);
    }

    private void obeyConfiguration(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        Sources.Account account = account(exchange.segment(NAME));
        Future<Sources.Account> changed =
                exchange.here(sources.enable(account.state().name(), null));
        changed.onSuccess(now -> answer(exchange, now)).onFailure(exchange::refuse);
    }

    /** 202 for what counts, but would not outlast a restart. */
    private void answer(Exchange exchange, Sources.Account account) {
        LOG.atInfo()
                .addKeyValue("source", account.state().name())
                .addKeyValue("enabled", account.state().enabled())
                .addKeyValue("by", exchange.caller().name())
                .log("whether a source is fetched was set by API");
        exchange.json(account.kept() ? 200 : 202, SourceForm.json(account, figures.counted()));
    }

    private static boolean wanted(Buffer body) {
        JsonObject object = JsonBody.object(body, ENABLED);
        JsonArray errors = new JsonArray();
        for (String name : object.fieldNames()) {
            if (!name.equals(ENABLED) && errors.size() < FeedbackForm.MAX_ERRORS) {
                errors.add(error("/" + FeedbackForm.escaped(name), "unknown (expected: enabled)"));
            }
        }
        Object value = object.getValue(ENABLED);
        if (errors.isEmpty() && value instanceof Boolean enabled) {
            return enabled;
        }
        if (!(value instanceof Boolean)) {
            errors.add(error(
                    "/" + ENABLED,
                    (value == null ? "absent" : "neither true nor false") + " (expected: true or false)"));
        }
        throw new Refused(Problems.invalidBody("nothing was changed", errors));
    }

    private static JsonObject error(String pointer, String detail) {
        return new JsonObject().put("pointer", pointer).put("detail", detail);
    }

    /** All sources, or the one that the query names. */
    private void fetch(Exchange exchange) {
        fetch(exchange, Query.parse(exchange.request().query(), List.of(NAME)).get(NAME));
    }

    /** The source that the path names. */
    private void fetchOne(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        fetch(exchange, exchange.segment(NAME));
    }

    /** Begins a fetch and says so at once: a fetch may take minutes, and its end shows in the states. */
    private void fetch(Exchange exchange, @Nullable String name) {
        List<String> known = sources.states().stream().map(Sources.State::name).toList();
        if (name != null && !known.contains(name)) {
            throw new Refused(Problems.noSource(name, known));
        }
        sources.fetchNow(name)
                .onFailure(failure -> LOG.atWarn()
                        .addKeyValue("source", name == null ? "all" : name)
                        .setCause(failure)
                        .log("a fetch that was asked for failed"));
        exchange.json(202, new JsonObject().put("fetching", new JsonArray(name == null ? known : List.of(name))));
    }
}

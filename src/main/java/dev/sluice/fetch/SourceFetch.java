package dev.sluice.fetch;

import dev.sluice.config.SourceConfig;
import dev.sluice.config.SourceKind;
import dev.sluice.message.SourceFetched.Result;
import dev.sluice.net.BodySink;
import dev.sluice.net.HttpFetch;
import dev.sluice.net.HttpFetchException;
import dev.sluice.net.HttpFetched;
import dev.sluice.net.Validators;
import io.vertx.core.Future;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One fetch of one source: its addresses one after the other, page by page. One that fails leaves the others alone, but
 * makes the fetch as a whole a failed one. Confined to one event loop.
 */
final class SourceFetch {
    private static final long MAX_METADATA_BYTES = 1L << 20;
    /** A body this short may be a list without entries: {@code []}. */
    private static final int MAX_EMPTY_LIST_BYTES = 64;

    private static final int TOO_MANY_REQUESTS = 429;
    private static final int UNAVAILABLE = 503;

    private final SourceConfig config;
    private final long nowMillis;
    private final FetchMemory memory;
    private final FetchTools tools;
    private final Collector collector;
    private final Outlet outlet;

    private final Map<String, Validators> fresh = new HashMap<>();
    private final List<SourceAddress> unmodified = new ArrayList<>();
    private final List<String> errors = new ArrayList<>();
    private final Set<String> limitedHosts = new HashSet<>();
    private @Nullable Duration retryAfter;
    private @Nullable ChangeMark mark;
    private Validators metadataValidators = Validators.NONE;
    private int read;
    private boolean fatal;

    /**
     * @param nowMillis when it begins
     * @param memory of the fetch before
     */
    SourceFetch(String name, SourceConfig config, long nowMillis, FetchMemory memory, FetchTools tools) {
        this.config = config;
        this.nowMillis = nowMillis;
        this.memory = memory;
        this.tools = tools;
        this.collector = new Collector(tools.mapper(), config);
        this.outlet = new Outlet(name, nowMillis, tools.keeper());
    }

    /**
     * Runs it.
     *
     * @param forced read the lists whatever the metadata says
     * @return never fails
     */
    Future<FetchReport> run(boolean forced) {
        mark = memory.mark();
        metadataValidators = memory.metadataValidators();
        return listsChanged(forced)
                .compose(changed -> changed ? readLists() : Future.succeededFuture(unchanged()))
                .recover(failure -> {
                    errors.add(0, message(failure));
                    return Future.succeededFuture(report());
                });
    }

    private Future<Boolean> listsChanged(boolean forced) {
        String metadata = config.metadataUrl();
        if (metadata == null || config.kind() != SourceKind.PROXIFLY) {
            return Future.succeededFuture(true);
        }
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        BodySink sink = (bytes, offset, length) -> {
            content.write(bytes, offset, length);
            return Future.succeededFuture();
        };
        return get(
                        metadata,
                        memory.metadataValidators(),
                        Math.min(MAX_METADATA_BYTES, config.maxBytes().bytes()),
                        sink)
                .compose(fetched -> {
                    if (fetched.notModified()) {
                        return Future.succeededFuture(forced);
                    }
                    return tools.worker()
                            .executeBlocking(() -> ChangeMark.of(content.toByteArray()), false)
                            .map(now -> {
                                ChangeMark before = memory.mark();
                                boolean changed =
                                        before == null || !before.value().equals(now.value());
                                mark = now;
                                metadataValidators = fetched.validators();
                                return forced || changed;
                            });
                })
                .recover(failure -> {
                    // The lists may well answer; without metadata they are read at their own interval.
                    boolean due = nowMillis - memory.listsReadAtMillis()
                            >= config.interval().toMillis();
                    if (forced || due) {
                        mark = null;
                        metadataValidators = Validators.NONE;
                        return Future.succeededFuture(true);
                    }
                    noteRetryAfter(failure);
                    return Future.failedFuture(new MetadataException(message(failure)));
                });
    }

    /** The metadata says so. */
    private FetchReport unchanged() {
        return new FetchReport(
                Result.NOT_MODIFIED,
                0,
                0,
                collector.rejects(),
                null,
                null,
                new FetchMemory(memory.validators(), mark, metadataValidators, memory.listsReadAtMillis()));
    }

    private Future<FetchReport> readLists() {
        Future<Void> all = Future.succeededFuture();
        for (SourceAddress address : SourceAddress.of(config)) {
            all = all.compose(v -> read(address, true));
        }
        return all.compose(v -> rereadUnmodified())
                .compose(v -> outlet.send(collector.takeRest()))
                .compose(v -> outlet.drained())
                .map(v -> report());
    }

    /**
     * A complete fetch ends the listing of whatever it did not bring. So where only some lists changed, the others are
     * read too.
     */
    private Future<Void> rereadUnmodified() {
        if (unmodified.isEmpty() || read == 0 || !errors.isEmpty()) {
            return Future.succeededFuture();
        }
        List<SourceAddress> again = List.copyOf(unmodified);
        unmodified.clear();
        Future<Void> all = Future.succeededFuture();
        for (SourceAddress address : again) {
            all = all.compose(v -> read(address, false));
        }
        return all;
    }

    private Future<Void> read(SourceAddress address, boolean conditional) {
        Pages pages = Pages.of(config.kind(), address.location());
        Validators prior = conditional && !pages.paged()
                ? memory.validators().getOrDefault(address.location(), Validators.NONE)
                : Validators.NONE;
        if (fatal) {
            return Future.succeededFuture();
        }
        String host = host(address.location());
        if (limitedHosts.contains(host)) {
            errors.add(host + ": not asked again after it limited the rate");
            return Future.succeededFuture();
        }
        return readPage(address, pages, prior, 1).recover(failure -> {
            errors.add(message(failure));
            noteRetryAfter(failure);
            if (failure instanceof HttpFetchException http
                    && (http.status() == TOO_MANY_REQUESTS || http.status() == UNAVAILABLE)) {
                limitedHosts.add(host);
            }
            fatal |= failure instanceof Outlet.NotKeptException || collector.overflow();
            return Future.succeededFuture();
        });
    }

    private Future<Void> readPage(SourceAddress address, Pages pages, Validators prior, int page) {
        PageEnvelope envelope = new PageEnvelope();
        collector.begin(address.protocol());
        ListFeed feed = new ListFeed(
                tools.worker(),
                tools.parsers().create(address.format(), collector),
                envelope,
                pages.paged(),
                collector,
                outlet);
        Future<HttpFetched> fetched = config.kind() == SourceKind.FILE
                ? new FileReading(
                                tools.worker(),
                                pages.current(),
                                config.maxBytes().bytes(),
                                config.timeout(),
                                feed)
                        .read(prior)
                : get(pages.current(), prior, config.maxBytes().bytes(), feed);
        return fetched.compose(answer -> answer.notModified()
                        ? Future.succeededFuture(answer)
                        : feed.end().map(answer))
                .eventually(feed::settled)
                .onComplete(v -> collector.endPage())
                .compose(answer -> {
                    if (answer.notModified()) {
                        unmodified.add(address);
                        fresh.put(address.location(), prior);
                        return Future.succeededFuture();
                    }
                    String problem = problem(pages, answer.bodyBytes());
                    if (problem != null) {
                        return Future.failedFuture(new NoListException(problem));
                    }
                    if (page < config.maxPages() && pages.advance(envelope, collector.pageFresh())) {
                        return readPage(address, pages, Validators.NONE, page + 1);
                    }
                    read++;
                    fresh.put(address.location(), answer.validators());
                    return Future.succeededFuture();
                });
    }

    /** Why what was read is no list, null when it may be one. */
    private @Nullable String problem(Pages pages, long bodyBytes) {
        if (collector.pageAccepted() > 0) {
            return null;
        }
        if (collector.pageRejects().total() > 0) {
            return shown(pages.current()) + ": no list: "
                    + collector.pageRejects().summary();
        }
        if (!pages.paged() && bodyBytes > MAX_EMPTY_LIST_BYTES) {
            return shown(pages.current()) + ": no list: no entries in " + bodyBytes + " bytes";
        }
        return null;
    }

    private FetchReport report() {
        int entries = collector.entries();
        if (errors.isEmpty() && read == 0 && !unmodified.isEmpty()) {
            return new FetchReport(
                    Result.NOT_MODIFIED,
                    0,
                    0,
                    collector.rejects(),
                    null,
                    null,
                    // The mark stays behind: lists behind a cache may follow their metadata later.
                    new FetchMemory(memory.validators(), memory.mark(), memory.metadataValidators(), nowMillis));
        }
        if (errors.isEmpty() && entries == 0) {
            errors.add("no entries");
        }
        if (!errors.isEmpty()) {
            String error =
                    errors.size() == 1 ? errors.get(0) : errors.get(0) + " (and " + (errors.size() - 1) + " more)";
            return new FetchReport(
                    Result.FAILED, entries, outlet.added(), collector.rejects(), error, retryAfter, memory);
        }
        return new FetchReport(
                Result.COMPLETE,
                entries,
                outlet.added(),
                collector.rejects(),
                null,
                null,
                new FetchMemory(fresh, mark, metadataValidators, nowMillis));
    }

    private Future<HttpFetched> get(String location, Validators prior, long maxBytes, BodySink sink) {
        URI url;
        try {
            url = new URI(location);
        } catch (URISyntaxException e) {
            // Without the text: it may hold a key.
            return Future.failedFuture(new NoListException(
                    "urls: " + e.getReason() + " at character " + e.getIndex() + " (expected: an address)"));
        }
        return tools.http().get(new HttpFetch(url, config.headers(), prior, config.timeout(), maxBytes), sink);
    }

    private void noteRetryAfter(Throwable failure) {
        if (failure instanceof HttpFetchException http && http.retryAfter() != null) {
            Duration asked = http.retryAfter();
            if (asked != null && (retryAfter == null || asked.compareTo(retryAfter) > 0)) {
                retryAfter = asked;
            }
        }
    }

    private String shown(String location) {
        if (config.kind() == SourceKind.FILE) {
            return "path: " + location;
        }
        int query = location.indexOf('?');
        return query < 0 ? location : location.substring(0, query);
    }

    private static String host(String location) {
        int start = location.indexOf("://");
        if (start < 0) {
            return "";
        }
        int end = location.indexOf('/', start + 3);
        return location.substring(start + 3, end < 0 ? location.length() : end).toLowerCase(Locale.ROOT);
    }

    private static String message(Throwable failure) {
        String message = failure.getMessage();
        return message == null || message.isEmpty() ? failure.toString() : message;
    }

    /** What was read is not a list. */
    private static final class NoListException extends Exception {
        private static final long serialVersionUID = 1L;

        NoListException(String message) {
            super(message);
        }
    }

    /** Metadata could not be read, and it is too early to read the lists without it. */
    private static final class MetadataException extends Exception {
        private static final long serialVersionUID = 1L;

        MetadataException(String message) {
            super("metadata: " + message);
        }
    }
}

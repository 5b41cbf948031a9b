package dev.sluice.api;

import dev.sluice.parse.ListFormat;
import dev.sluice.port.Imports;
import dev.sluice.port.JobFilter;
import dev.sluice.port.JobKind;
import dev.sluice.port.Jobs;
import dev.sluice.port.Merge;
import dev.sluice.port.NewJob;
import dev.sluice.port.UploadRefusedException;
import dev.sluice.proxy.Scheme;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code /api/v1/imports}: takes lists in. An import is a job; this shows those and what is special about them. */
final class ImportEndpoints {
    private static final String NAME = "name";
    private static final String MERGE = "merge";
    private static final String FORMAT = "format";
    private static final String PROTOCOL = "protocol";
    private static final String HTTPS_IS_TLS = "https_is_tls";
    private static final String DRY_RUN = "dry_run";
    private static final String PRIORITY = "priority";
    private static final String KEY = "key";
    private static final String URL = "url";
    private static final List<String> ORDER =
            List.of(NAME, MERGE, FORMAT, PROTOCOL, HTTPS_IS_TLS, DRY_RUN, PRIORITY, KEY);
    private static final List<String> PAGE = List.of("before", "limit");
    private static final Pattern PLAIN_NAME = Pattern.compile("[^\\p{Cntrl},]{1,100}");
    /** What it is about; whether it may be fetched, the rules for sources say. */
    private static final Pattern ADDRESS = Pattern.compile("https?://[^\\s\\p{Cntrl}]+");

    private static final int LONGEST_KEY = 200;

    private final Imports imports;
    private final JobEndpoints jobs;
    private final BodyReader bodies;

    ImportEndpoints(Imports imports, JobEndpoints jobs, BodyReader bodies) {
        this.imports = imports;
        this.jobs = jobs;
        this.bodies = bodies;
    }

    void list(Exchange exchange) {
        Query query = Query.parse(exchange.request().query(), PAGE);
        jobs.list(
                exchange,
                new JobFilter(Set.of(JobKind.IMPORT), Set.of(), Imports.TYPE, query.get("before")),
                JobEndpoints.limit(query));
    }

    /** The body is the list. */
    void upload(Exchange exchange) {
        HttpServerRequest request = exchange.request();
        Imports.Order order = order(Query.parse(request.query(), ORDER), "upload", exchange);
        request.pause();
        Future<Jobs.Submitted> taken = imports.upload(order, request, announced(request));
        if (!taken.isComplete()) {
            exchange.awaitBody();
        }
        answer(exchange, taken);
    }

    /** The body says where the list is. */
    void fetch(Exchange exchange) {
        Query query = Query.parse(exchange.request().query(), ORDER);
        answer(
                exchange,
                bodies.read(exchange)
                        .map(body -> address(TextMember.parse(body, URL)))
                        .compose(url -> imports.fetch(order(query, nameOf(url), exchange), url)));
    }

    private static String address(String text) {
        if (ADDRESS.matcher(text).matches()) {
            return text;
        }
        throw new Refused(Problems.invalidBody(
                "url: no address (expected: one that begins with http:// or https://)", new JsonArray()));
    }

    private void answer(Exchange exchange, Future<Jobs.Submitted> taken) {
        exchange.here(taken)
                .onSuccess(submitted -> JobEndpoints.submitted(exchange, submitted, "/api/v1/imports/"))
                .onFailure(failure -> {
                    if (failure instanceof UploadRefusedException refused) {
                        exchange.problem(Problems.uploadRefused(refused));
                    } else {
                        JobEndpoints.failed(failure, exchange);
                    }
                });
    }

    void get(Exchange exchange) {
        jobs.withJob(exchange, Imports.TYPE, job -> exchange.json(200, JobForm.json(job)));
    }

    void events(Exchange exchange) {
        jobs.follow(exchange, Imports.TYPE);
    }

    void cancel(Exchange exchange) {
        jobs.cancel(exchange, Imports.TYPE);
    }

    void resume(Exchange exchange) {
        jobs.retry(exchange, Imports.TYPE);
    }

    /** Lines that became no entry, as they are known by now. */
    void rejected(Exchange exchange) {
        jobs.withJob(
                exchange,
                Imports.TYPE,
                job -> exchange.here(imports.rejected(job.id()))
                        .onSuccess(found -> found.ifPresentOrElse(
                                exchange::file,
                                () -> exchange.problem(
                                        Problems.noFile(job.id(), job.job().node()))))
                        .onFailure(failure -> JobEndpoints.failed(failure, exchange)));
    }

    private static Imports.Order order(Query query, String unnamed, Exchange exchange) {
        String name = query.get(NAME);
        if (name != null && !PLAIN_NAME.matcher(name).matches()) {
            throw new Refused(
                    Problems.invalidParameter(NAME, NAME + ": invalid (expected: 1..100 characters without commas)"));
        }
        String key = query.get(KEY);
        if (key != null && key.length() > LONGEST_KEY) {
            throw new Refused(Problems.invalidParameter(
                    KEY, KEY + ": " + key.length() + " characters (expected: 1.." + LONGEST_KEY + ")"));
        }
        return new Imports.Order(
                name == null ? unnamed : name,
                choice(query, MERGE, Merge.values(), Merge.UPDATE),
                choice(query, FORMAT, ListFormat.values(), ListFormat.AUTO),
                protocol(query),
                query.flag(HTTPS_IS_TLS),
                query.flag(DRY_RUN),
                query.number(PRIORITY, 1, 10, NewJob.DEFAULT_PRIORITY),
                key,
                exchange.caller().name());
    }

    private static @Nullable Scheme protocol(Query query) {
        String text = query.get(PROTOCOL);
        if (text == null) {
            return null;
        }
        return Scheme.of(text)
                .filter(scheme -> scheme != Scheme.UNKNOWN)
                .orElseThrow(() -> new Refused(Problems.invalidParameter(
                        PROTOCOL, PROTOCOL + ": " + text + " (expected: http, https, socks4, socks5)")));
    }

    private static <E extends Enum<E>> E choice(Query query, String name, E[] values, E absent) {
        String text = query.get(name);
        if (text == null) {
            return absent;
        }
        StringBuilder expected = new StringBuilder();
        for (E value : values) {
            String form = value.name().toLowerCase(Locale.ROOT).replace('_', '-');
            if (form.equals(text)) {
                return value;
            }
            expected.append(expected.isEmpty() ? "" : ", ").append(form);
        }
        throw new Refused(Problems.invalidParameter(name, name + ": " + text + " (expected: " + expected + ")"));
    }

    /** The last part of the path, which is what people call a list. */
    private static String nameOf(String url) {
        int end = url.length();
        for (char stop : new char[] {'#', '?'}) {
            int at = url.indexOf(stop);
            end = at < 0 ? end : Math.min(end, at);
        }
        String path = url.substring(0, end);
        String last = path.substring(path.lastIndexOf('/') + 1);
        return PLAIN_NAME.matcher(last).matches() ? last : "url";
    }

    private static long announced(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        try {
            return length == null ? -1 : Long.parseLong(length);
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }
}

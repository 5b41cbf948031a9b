package dev.sluice.store.redis;

import dev.sluice.store.Backup;
import dev.sluice.store.Backups;
import dev.sluice.store.StoreException;
import dev.sluice.store.StoreReading;
import dev.sluice.store.memory.Contents;
import dev.sluice.store.memory.Copies;
import dev.sluice.store.memory.Entry;
import dev.sluice.store.memory.JsonForm;
import dev.sluice.store.memory.Model;
import dev.sluice.store.memory.Part;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Copies of what is in Redis, as JSON files, and looks at it. What is in the file of jobs and histories is not in them. */
public final class RedisBackups {
    private static final String KIND = "redis";
    private static final int STEPS = 2_000;
    private static final Pattern VERSION = Pattern.compile("redis_version:([0-9.]+)");
    private static final List<Part> SMALL = List.of(Part.SETTINGS, Part.KEYS, Part.CHUNKS);

    private final RedisAddress address;
    private final RedisLink link;
    private final Hashes hashes;

    private RedisBackups(RedisAddress address, RedisLink link) {
        this.address = address;
        this.link = link;
        this.hashes = new Hashes(address);
    }

    private static <T> Future<T> with(
            Vertx vertx, String url, Duration timeout, Function<RedisBackups, Future<T>> work) {
        RedisAddress address = RedisAddress.of(url);
        return RedisLink.open(vertx, address, () -> {})
                .timeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .recover(cause -> Future.failedFuture(
                        cause instanceof StoreException
                                ? cause
                                : new StoreException(
                                        StoreException.Kind.UNAVAILABLE,
                                        address.name() + ": no answer within " + timeout.toMillis() + " ms",
                                        cause)))
                .compose(link -> work.apply(new RedisBackups(address, link)).eventually(link::close));
    }

    /**
     * Copies the store at {@code url}, which another process may own and write to: all of it is read in one step, during which
     * Redis answers nobody else.
     */
    public static Future<Backup> make(Vertx vertx, String url, Duration timeout, Path target) {
        return with(
                vertx,
                url,
                timeout,
                redis -> redis.read()
                        .compose(model -> vertx.executeBlocking(
                                () -> Copies.place(
                                        target,
                                        KIND,
                                        KIND,
                                        part -> Copies.write(part, Contents.of(model), Instant.now(), KIND)),
                                false)));
    }

    private Future<Model> read() {
        List<String> arguments = new ArrayList<>();
        SMALL.forEach(part -> arguments.add(hashes.key(part)));
        arguments.add(address.table(Part.ENTRIES.text()) + ':');
        arguments.add(Integer.toString(Hashes.BUCKET));
        return link.read(Scripts.READ, arguments).compose(all -> {
            try {
                return Future.succeededFuture(model(all));
            } catch (StoreException e) {
                return Future.failedFuture(e);
            }
        });
    }

    private Model model(Response all) {
        Model model = Copies.model(address.name());
        String expected = field(all.get(0), "entries");
        if (!field(all.get(0), "format").equals(Integer.toString(RedisStore.FORMAT))) {
            throw Backups.refusal("backup: " + address.name() + ": format "
                    + (expected.isEmpty() ? "none" : field(all.get(0), "format")) + " (expected: " + RedisStore.FORMAT
                    + ')');
        }
        for (int i = 0; i < SMALL.size(); i++) {
            Response fields = all.get(i + 1);
            for (int f = 0; f + 1 < fields.size(); f += 2) {
                String name = String.valueOf(fields.get(f));
                hashes.load(model, SMALL.get(i), hashes.key(SMALL.get(i)), name, String.valueOf(fields.get(f + 1)));
            }
        }
        for (int i = SMALL.size() + 1; i < all.size(); i++) {
            String key = address.entries(i - SMALL.size() - 1L);
            for (int n = 0; n < all.get(i).size(); n++) {
                hashes.load(
                        model,
                        Part.ENTRIES,
                        key,
                        "number " + n,
                        String.valueOf(all.get(i).get(n)));
            }
        }
        model.numberAfter(Long.parseLong(field(all.get(0), "last_id")));
        if (model.entries().size() != Integer.parseInt(expected)) {
            throw Backups.refusal("backup: " + address.name() + ": "
                    + model.entries().size() + " of " + expected + " entries are there (expected: all)");
        }
        return model;
    }

    private static String field(Response fields, String name) {
        for (int i = 0; i + 1 < fields.size(); i += 2) {
            if (String.valueOf(fields.get(i)).equals(name)) {
                return String.valueOf(fields.get(i + 1));
            }
        }
        return "";
    }

    /**
     * Puts a copy in the place of the store at {@code url}, which nobody may own. Numbers that were given out since the copy
     * was made are not given out again: histories go by them. Where it is interrupted, the store is incomplete and says so;
     * the same call makes it whole.
     */
    public static Future<Backup> restore(Vertx vertx, String url, Duration timeout, Path source, boolean replace) {
        return vertx.executeBlocking(() -> Copies.read(source, KIND), false)
                .compose(copy -> with(vertx, url, timeout, redis -> redis.restore(copy, replace)))
                .compose(copy -> vertx.executeBlocking(
                        () -> new Backup(
                                source,
                                KIND,
                                Files.size(source),
                                JsonForm.FORMAT,
                                copy.entries().size(),
                                null),
                        false));
    }

    private Future<Model> restore(Model copy, boolean replace) {
        String token = "restore, process " + ProcessHandle.current().pid() + " (" + UUID.randomUUID() + ')';
        return link.run(
                        Scripts.TAKE,
                        List.of(
                                token,
                                Long.toString(RedisTruth.LOCK_MILLIS),
                                Integer.toString(RedisStore.FORMAT),
                                UUID.randomUUID().toString()))
                .compose(taken -> switch (taken.get(0)) {
                    case "OK" ->
                        replaced(copy, token, taken, replace)
                                .eventually(() -> link.run(Scripts.LET_GO, List.of(token)));
                    case "OWNER" -> Future.failedFuture(RedisTruth.locked(address, taken.get(1)));
                    default ->
                        Future.failedFuture(new StoreException(
                                StoreException.Kind.SCHEMA_NEWER,
                                address.name() + ": format " + taken.get(1) + " (expected: " + RedisStore.FORMAT
                                        + ')'));
                });
    }

    private Future<Model> replaced(Model copy, String token, List<String> taken, boolean replace) {
        long held = Long.parseLong(taken.get(3));
        if (held > 0 && !replace) {
            return Future.failedFuture(Backups.refusal("restore: " + address.name() + " holds " + held
                    + " proxies (expected: none, or --replace, which removes them)"));
        }
        long lastBefore = Long.parseLong(taken.get(4));
        copy.numberAfter(lastBefore);
        Contents contents = Contents.of(copy);
        String revision = Long.toString(Math.max(0, Long.parseLong(taken.get(2))) + 1);
        Heading unfinished = new Heading(token, taken, contents, RedisTruth.UNFINISHED);
        List<String> old = new ArrayList<>();
        SMALL.forEach(part -> old.add(hashes.key(part)));
        for (long bucket = 0; bucket <= lastBefore / Hashes.BUCKET; bucket++) {
            old.add(address.entries(bucket));
        }
        Future<Void> done = written(unfinished.arguments(List.of()));
        for (int from = 0; from < old.size(); from += STEPS) {
            List<String> arguments = new ArrayList<>(List.of(token));
            arguments.addAll(old.subList(from, Math.min(old.size(), from + STEPS)));
            done = done.compose(before -> accepted(Scripts.REMOVE, arguments));
        }
        done = done.compose(before -> written(unfinished.arguments(hashes.arguments(contents))));
        List<Entry> entries = contents.entries();
        for (int from = 0; from < entries.size(); from += STEPS) {
            List<Entry> some = entries.subList(from, Math.min(entries.size(), from + STEPS));
            done = done.compose(before -> written(unfinished.arguments(hashes.entries(some))));
        }
        return done.compose(before -> written(new Heading(token, taken, contents, revision).arguments(List.of())))
                .map(copy);
    }

    /** What every write of a restoration begins with. */
    private record Heading(String token, List<String> taken, Contents contents, String revision) {
        List<String> arguments(List<String> changes) {
            List<String> arguments = new ArrayList<>(List.of(
                    token,
                    "*",
                    revision,
                    "",
                    Integer.toString(contents.entries().size()),
                    Long.toString(contents.lastId()),
                    taken.get(1),
                    taken.get(5),
                    Integer.toString(RedisStore.FORMAT)));
            arguments.addAll(changes);
            return arguments;
        }
    }

    /** Stays the owner meanwhile. */
    private Future<Void> written(List<String> arguments) {
        return link.send(Request.cmd(Command.PEXPIRE).arg(address.owner()).arg(RedisTruth.LOCK_MILLIS))
                .compose(held -> accepted(Scripts.WRITE, arguments));
    }

    private Future<Void> accepted(String script, List<String> arguments) {
        return link.run(script, arguments)
                .compose(answer -> answer.get(0).equals("OK")
                        ? Future.succeededFuture()
                        : Future.failedFuture(new StoreException(
                                StoreException.Kind.FAILED,
                                address.name() + ": restoring was refused: " + String.join(" ", answer))));
    }

    /** Looks at the store without owning it. */
    public static Future<StoreReading> look(Vertx vertx, String url, Duration patience) {
        return with(vertx, url, patience, RedisBackups::look);
    }

    private Future<StoreReading> look() {
        // The first answer takes longer than those that follow.
        return link.send(Request.cmd(Command.PING)).compose(warm -> reading());
    }

    private Future<StoreReading> reading() {
        long startNanos = System.nanoTime();
        return link.send(Request.cmd(Command.HMGET)
                        .arg(address.meta())
                        .arg("format")
                        .arg("entries"))
                .compose(meta -> {
                    long micros = (System.nanoTime() - startNanos) / 1_000;
                    return link.send(Request.cmd(Command.INFO).arg("server")).map(info -> {
                        Matcher version = VERSION.matcher(info.toString());
                        return new StoreReading(
                                "Redis" + (version.find() ? ' ' + version.group(1) : "") + " with "
                                        + number(meta.get(1)) + " proxies",
                                number(meta.get(0)),
                                RedisStore.FORMAT,
                                micros,
                                0,
                                0,
                                "",
                                true);
                    });
                });
    }

    private static int number(@Nullable Response cell) {
        return cell == null ? 0 : Integer.parseInt(cell.toString());
    }
}

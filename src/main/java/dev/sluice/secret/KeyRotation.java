package dev.sluice.secret;

import dev.sluice.port.CredentialRows;
import dev.sluice.port.Encryption;
import dev.sluice.port.EncryptionRefusedException;
import dev.sluice.port.JobFilter;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobRecords;
import dev.sluice.port.JobState;
import dev.sluice.port.Jobs;
import dev.sluice.port.NewJob;
import dev.sluice.port.Settings;
import dev.sluice.port.Vault;
import dev.sluice.secret.EncryptionKey.State;
import io.vertx.core.Future;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The steps of a rotation, in the file of keys and in the database. */
public final class KeyRotation implements Encryption {
    private static final String NONE = "none";

    /** Jobs looked at in one go. */
    private static final int PAGE = 1_000;

    private static final Set<JobState> UNDONE =
            Arrays.stream(JobState.values()).filter(JobState::live).collect(Collectors.toUnmodifiableSet());

    /** Whatever an order of a job holds encrypted is a text of its own. */
    private static final Pattern SEALED = Pattern.compile("\"(" + Vault.SEALED_PREFIX + "[A-Za-z0-9_-]+)\"");

    private final CredentialRows rows;
    private final Settings settings;
    private final JobRecords records;
    private final CredentialVault vault;
    private final Function<NewJob, Future<Jobs.Submitted>> jobs;
    private final Duration grace;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    /**
     * The rotation of the keys of a database.
     *
     * @param records jobs, some of which hold encrypted addresses
     * @param vault what the database is written with
     * @param jobs takes orders
     * @param grace how long a retired key stays, because another instance may write under it still; zero where one process
     *     owns the database
     */
    public KeyRotation(
            CredentialRows rows,
            Settings settings,
            JobRecords records,
            CredentialVault vault,
            Function<NewJob, Future<Jobs.Submitted>> jobs,
            Duration grace,
            InstantSource clock) {
        this.rows = rows;
        this.settings = settings;
        this.records = records;
        this.vault = vault;
        this.jobs = jobs;
        this.grace = grace;
        this.clock = clock;
    }

    @Override
    public Future<Status> status() {
        return vault.refresh()
                .recover(KeyRotation::unusable)
                .compose(read -> count())
                .map(this::status);
    }

    private Future<Counted> count() {
        return rows.count()
                .compose(counted -> settings.all().map(set -> {
                    Map<String, Long> byKey = new HashMap<>();
                    long plain = 0;
                    long unavailable = 0;
                    for (Map.Entry<String, Long> entry : counted.entrySet()) {
                        OptionalInt id = SealedText.keyId(entry.getKey());
                        if (entry.getKey().isEmpty()) {
                            plain += entry.getValue();
                        } else {
                            byKey.merge(
                                    id.isPresent() ? EncryptionKey.idText(id.getAsInt()) : NONE,
                                    entry.getValue(),
                                    Long::sum);
                            unavailable += id.isPresent() && vault.knows(id.getAsInt()) ? 0 : entry.getValue();
                        }
                    }
                    String digestKey = set.get(CredentialVault.DIGEST_KEY);
                    OptionalInt digest = digestKey == null ? OptionalInt.empty() : SealedText.keyId(digestKey);
                    return new Counted(
                            byKey,
                            plain,
                            unavailable,
                            digest.isPresent() ? EncryptionKey.idText(digest.getAsInt()) : null);
                }));
    }

    private Status status(Counted counted) {
        List<Key> keys = new ArrayList<>();
        Map<String, Long> left = new HashMap<>(counted.rows);
        List<EncryptionKey> known = vault.keys();
        for (EncryptionKey key : known) {
            String id = EncryptionKey.idText(key.id());
            Long rows = left.remove(id);
            keys.add(new Key(id, key.state().text(), rows == null ? 0 : rows, id.equals(counted.digestKey)));
        }
        if (counted.digestKey != null && keys.stream().noneMatch(key -> key.id().equals(counted.digestKey))) {
            left.putIfAbsent(counted.digestKey, 0L);
        }
        left.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> new Key(
                        entry.getKey(),
                        "missing",
                        entry.getValue(),
                        entry.getKey().equals(counted.digestKey)))
                .forEach(keys::add);
        return new Status(
                known.isEmpty() ? NONE : vault.source().kind(),
                vault.source().managed(),
                vault.seals(),
                keys,
                counted.plain,
                counted.unavailable,
                next(known, keys, counted));
    }

    private Step next(List<EncryptionKey> known, List<Key> keys, Counted counted) {
        if (known.stream().anyMatch(key -> key.state() == State.NEXT)) {
            return Step.PROMOTE;
        }
        boolean elsewhere = (vault.seals() && counted.plain > 0)
                || keys.stream().anyMatch(key -> isReplaced(key) && (key.rows() > 0 || key.digest()));
        if (elsewhere) {
            return Step.RE_ENCRYPT;
        }
        return known.stream().anyMatch(key -> key.state() == State.OLD || isOver(key)) ? Step.RETIRE : Step.ADD;
    }

    private static boolean isReplaced(Key key) {
        return key.state().equals(State.OLD.text()) || key.state().equals(State.RETIRED.text());
    }

    /** Whether it was retired, and has been kept for long enough. */
    private boolean isOver(EncryptionKey key) {
        return key.state() == State.RETIRED && clock.millis() - key.retiredMillis() >= grace.toMillis();
    }

    @Override
    public Future<Status> add() {
        return change("add", before -> {
            if (before.isEmpty()) {
                return List.of(EncryptionKey.random(random, State.PRIMARY));
            }
            before.stream().filter(key -> key.state() == State.NEXT).findFirst().ifPresent(key -> {
                throw new EncryptionRefusedException("add: key " + EncryptionKey.idText(key.id())
                        + " was added already (expected: promote it first)");
            });
            if (before.size() >= KeyRing.MOST_KEYS) {
                throw new EncryptionRefusedException("add: there are " + before.size() + " keys (expected: fewer than "
                        + KeyRing.MOST_KEYS + "; retire some)");
            }
            List<EncryptionKey> after = new ArrayList<>(before);
            after.add(EncryptionKey.random(random, State.NEXT));
            return after;
        });
    }

    @Override
    public Future<Status> promote() {
        return change("promote", before -> {
            List<EncryptionKey> after = new ArrayList<>();
            for (EncryptionKey key : before) {
                if (key.state() == State.NEXT) {
                    after.add(0, key.as(State.PRIMARY));
                } else {
                    after.add(key.state() == State.PRIMARY ? key.as(State.OLD) : key);
                }
            }
            if (after.isEmpty() || after.get(0).state() != State.PRIMARY) {
                throw new EncryptionRefusedException("promote: no key was added (expected: add first)");
            }
            return after;
        });
    }

    @Override
    public Future<Jobs.Submitted> reencrypt(@Nullable String owner) {
        return jobs.apply(new NewJob(
                JobKind.ANALYSIS,
                REENCRYPT,
                "{}",
                NewJob.DEFAULT_PRIORITY,
                REENCRYPT,
                null,
                null,
                0,
                NewJob.DEFAULT_ATTEMPTS,
                owner));
    }

    @Override
    public Future<Status> retire() {
        return status().compose(status -> ordered(null, new HashSet<>()).compose(ordered -> retire(status, ordered)));
    }

    private Future<Status> retire(Status status, Set<String> ordered) {
        List<Key> replaced =
                status.keys().stream().filter(KeyRotation::isReplaced).toList();
        if (replaced.isEmpty()) {
            return refused("retire: no old key (expected: one that promote has replaced)");
        }
        for (Key key : replaced) {
            if (key.rows() > 0 || key.digest()) {
                String why = "retire: key " + key.id() + " is needed for " + key.rows() + " passwords"
                        + (key.digest() ? " and the key of digests" : "") + " (expected: re-encrypt first)";
                return key.state().equals(State.RETIRED.text())
                                && vault.source().managed()
                        ? change("retire", before -> inUse(before, key.id())).compose(old -> refused(why))
                        : refused(why);
            }
            if (ordered.contains(key.id())) {
                return refused("retire: key " + key.id()
                        + " is needed for the address of an import that has not ended (expected: to wait for it)");
            }
        }
        // What the configuration gives, the operator takes away: nothing needs it.
        return vault.source().managed() ? change("retire", this::retired) : Future.succeededFuture(status);
    }

    /** A key that was retired and written under again is an old one, whose time begins anew. */
    private static List<EncryptionKey> inUse(List<EncryptionKey> before, String id) {
        return before.stream()
                .map(key -> EncryptionKey.idText(key.id()).equals(id) ? key.as(State.OLD) : key)
                .toList();
    }

    private List<EncryptionKey> retired(List<EncryptionKey> before) {
        List<EncryptionKey> after = new ArrayList<>();
        boolean changed = false;
        Instant until = Instant.MIN;
        for (EncryptionKey key : before) {
            boolean gone = isOver(key) || (key.state() == State.OLD && grace.isZero());
            changed |= gone || key.state() == State.OLD;
            if (key.state() == State.OLD && !gone) {
                after.add(key.retired(clock.millis()));
            } else if (!gone) {
                after.add(key);
                Instant end = Instant.ofEpochMilli(key.retiredMillis()).plus(grace);
                until = key.state() == State.RETIRED && end.isAfter(until) ? end : until;
            }
        }
        if (!changed) {
            throw new EncryptionRefusedException("retire: another instance may write under the retired key still"
                    + " (expected: to be asked again from " + until + " on)");
        }
        return after;
    }

    /** Keys that the orders of jobs which have not ended need. */
    private Future<Set<String>> ordered(@Nullable String beforeId, Set<String> found) {
        return records.list(new JobFilter(Set.of(JobKind.IMPORT), UNDONE, null, beforeId), PAGE)
                .compose(page -> {
                    for (JobRecord job : page) {
                        Matcher sealed = SEALED.matcher(job.job().payload());
                        while (sealed.find()) {
                            OptionalInt id = SealedText.keyId(sealed.group(1));
                            if (id.isPresent()) {
                                found.add(EncryptionKey.idText(id.getAsInt()));
                            }
                        }
                    }
                    return page.size() < PAGE
                            ? Future.succeededFuture(found)
                            : ordered(page.get(page.size() - 1).id(), found);
                });
    }

    private Future<Status> change(String step, Function<List<EncryptionKey>, List<EncryptionKey>> change) {
        return vault.blocking(() -> {
                    KeySource source = vault.source();
                    if (!source.managed()) {
                        throw new EncryptionRefusedException(step + ": the keys come from " + source.name()
                                + ", which this program does not write (expected: to be changed there, and every"
                                + " instance started again)");
                    }
                    List<EncryptionKey> before = source.read();
                    List<EncryptionKey> after = change.apply(before);
                    if (before.isEmpty()) {
                        source.readOrMake();
                    } else {
                        source.write(before, after);
                    }
                    return null;
                })
                .recover(KeyRotation::unusable)
                .compose(written -> status());
    }

    /** Keys that cannot be read or written are for whoever asks to mend. */
    private static <T> Future<T> unusable(Throwable failure) {
        return Future.failedFuture(
                failure instanceof EncryptionKeyException
                        ? new EncryptionRefusedException(String.valueOf(failure.getMessage()))
                        : failure);
    }

    private static Future<Status> refused(String why) {
        return Future.failedFuture(new EncryptionRefusedException(why));
    }

    private record Counted(
            Map<String, Long> rows,
            long plain,
            long unavailable,
            @Nullable String digestKey) {}
}

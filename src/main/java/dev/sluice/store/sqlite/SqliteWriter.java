package dev.sluice.store.sqlite;

import dev.sluice.cadence.DueCalendar;
import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.message.CandidatesKept;
import dev.sluice.port.CredentialChange;
import dev.sluice.port.CredentialRows;
import dev.sluice.port.Merge;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.RiskCategory;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.TierReason;
import dev.sluice.store.CheckBatch;
import dev.sluice.store.ChunkKept;
import dev.sluice.store.Deferral;
import dev.sluice.store.DueLevel;
import dev.sluice.store.HealthChange;
import dev.sluice.store.ImportChunk;
import dev.sluice.store.Located;
import dev.sluice.store.TakenProxy;
import dev.sluice.store.schema.Bounds;
import dev.sluice.store.schema.Codes;
import dev.sluice.store.schema.PackedEvents;
import dev.sluice.store.schema.ProxyColumns;
import dev.sluice.store.schema.Sealing;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The writing connection and the calendar of due work. A call is a transaction; the calendar follows only what was
 * committed. Blocks; confined to one thread.
 */
final class SqliteWriter {
    private static final String CLAIMS =
            "i.country IS NOT NULL AND coalesce(proxy.location_origin, 'source') = 'source'";

    private static final String CLEAR_INCOMING = "DELETE FROM temp.incoming";

    private static final String CLEAR_TARGET = "DELETE FROM temp.target";

    private static final String ADD_INCOMING = "INSERT INTO temp.incoming VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

    // All of them bound as one value: binding nine for each costs more than all else that is done with it in memory.
    // The
    // columns of the table turn digits into numbers.
    private static final String UNPACK_INCOMING = "INSERT INTO temp.incoming (n, scheme, claimed, country, port, host,"
            + " credential_digest) SELECT key, substr(value, 1, 1), substr(value, 2, 1), nullif(substr(value, 3, 2), '  '),"
            + " substr(value, 5, 5), substr(value, 10), '' FROM json_each(?1)";

    // An entry that names no scheme means those found at its address, if a check has found any.
    private static final String MATCH_INCOMING = "INSERT OR IGNORE INTO temp.target SELECT i.n, p.id"
            + " FROM temp.incoming i CROSS JOIN main.proxy p ON p.host = i.host AND p.port = i.port"
            + " AND p.credential_digest = i.credential_digest"
            + " WHERE CASE WHEN p.scheme = i.scheme THEN p.scheme <> 0 OR p.detected = 0"
            + " ELSE i.scheme = 0 AND p.detected = 1 END";

    // What an instance that encrypts, or one that does not, has stored of the same identity.
    private static final String MATCH_OTHER = MATCH_INCOMING.replace("i.credential_digest", "i.other_digest");

    private static final String FIND_PLAIN =
            "SELECT 1 FROM proxy p INDEXED BY proxy_plain_password WHERE " + ProxyColumns.PLAIN + " LIMIT 1";

    private static final String LAST_ID = "SELECT coalesce(max(id), 0) FROM proxy";

    private static final String INSERT_NEW = "INSERT INTO proxy (scheme, host, port, username, password,"
            + " credential_digest, claimed_capabilities, country, location_origin, first_seen_at, next_check_at,"
            + " state_since) SELECT i.scheme, i.host, i.port, i.username, i.password, i.credential_digest,"
            + " i.claimed, i.country, CASE WHEN i.country IS NOT NULL THEN 'source' END, ?1, ?1, ?1"
            + " FROM temp.incoming i WHERE NOT EXISTS (SELECT 1 FROM temp.target t WHERE t.n = i.n)"
            + " ORDER BY i.n ON CONFLICT DO NOTHING";

    private static final String CLAIMED = "claimed_capabilities = proxy.claimed_capabilities | i.claimed,"
            + " country = CASE WHEN " + CLAIMS + " THEN i.country ELSE proxy.country END,"
            + " location_origin = CASE WHEN " + CLAIMS + " THEN 'source' ELSE proxy.location_origin END";

    private static final String KNOWN = " FROM temp.target t JOIN temp.incoming i ON i.n = t.n WHERE proxy.id = t.id";

    private static final String UPDATE_KNOWN = "UPDATE proxy SET " + CLAIMED + KNOWN
            + " AND (proxy.claimed_capabilities | i.claimed <> proxy.claimed_capabilities OR (" + CLAIMS
            + " AND proxy.country IS NOT i.country))";

    private static final String REPLACE_KNOWN = "UPDATE proxy SET " + CLAIMED + ", "
            + ProxyColumns.forget("?1", "1", "0") + ", archived = 0, archived_at = NULL" + KNOWN
            + " RETURNING id";

    private static final String LIST = "INSERT INTO listing (proxy_id, source_id, first_listed_at, listed_at) ";

    private static final String RELIST = " ON CONFLICT (proxy_id, source_id) DO UPDATE SET"
            + " listed_at = max(listed_at, excluded.listed_at), unlisted_at = NULL";

    private static final String LIST_KNOWN =
            LIST + "SELECT DISTINCT t.id, ?1, ?2, ?2 FROM temp.target t WHERE true" + RELIST;

    private static final String LIST_NEW = LIST + "SELECT id, ?1, ?2, ?2 FROM proxy WHERE id > ?3";

    // State 1: being processed.
    private static final String FIND_LEASE = "SELECT 1 FROM job WHERE id = ? AND lease_token = ? AND state = 1";

    private static final String FIND_CHUNK = "SELECT added, known FROM job_chunk WHERE job_id = ? AND number = ?";

    private static final String ADD_CHUNK =
            "INSERT INTO job_chunk (job_id, number, lines, added, known, rejected, cursor)"
                    + " VALUES (?, ?, ?, ?, ?, ?, ?)";

    private static final String ADD_SOURCE = "INSERT OR IGNORE INTO source (name) VALUES (?)";

    private static final String FIND_SOURCE = "SELECT id FROM source WHERE name = ?";

    private static final String END_LISTING = "UPDATE listing SET unlisted_at = ?2 WHERE source_id ="
            + " (SELECT id FROM source WHERE name = ?1) AND unlisted_at IS NULL AND listed_at < ?2";

    private static final String LOAD = "SELECT " + ProxyColumns.TAKEN + " FROM proxy p WHERE p.id = ?";

    private static final String HEALTH =
            ProxyColumns.HEALTH.stream().map(column -> column.name() + " = ?").collect(Collectors.joining(", "));

    // What is alive is not archived: it was in flight when it was put away.
    private static final String WRITE_HEALTH = "UPDATE proxy SET " + HEALTH
            + ", archived = CASE WHEN ? THEN 0 ELSE archived END,"
            + " archived_at = CASE WHEN ? THEN NULL ELSE archived_at END WHERE id = ? AND version = ?"
            + " RETURNING archived";

    private static final String READ_SCHEME = "SELECT scheme FROM proxy WHERE id = ? AND version = ?";

    private static final String FIND_SIBLING = "SELECT s.id FROM proxy p JOIN proxy s ON s.host = p.host"
            + " AND s.port = p.port AND s.credential_digest = p.credential_digest AND s.scheme = ?2"
            + " WHERE p.id = ?1";

    private static final String NAME_SCHEME = "UPDATE proxy SET scheme = ?2, detected = 1 WHERE id = ?1";

    private static final String RETIRE = "UPDATE proxy SET detected = 1, archived = 1, archived_at = ?2 WHERE id = ?1";

    // One that is there and dead has just been seen speaking: it is due at once.
    private static final String ADD_SIBLING = "INSERT INTO proxy (scheme, host, port, username, password,"
            + " credential_digest, detected, claimed_capabilities, " + ProxyColumns.PLACE + ", located_at,"
            + " first_seen_at, next_check_at, state_since) SELECT ?2, host, port, username, password,"
            + " credential_digest, 1, claimed_capabilities, " + ProxyColumns.PLACE + ", located_at, ?3, ?3, ?3"
            + " FROM proxy WHERE id = ?1"
            + " ON CONFLICT (host, port, credential_digest, scheme) DO UPDATE SET detected = 1,"
            + " next_check_at = CASE WHEN alive THEN next_check_at ELSE excluded.next_check_at END,"
            + " active = CASE WHEN alive THEN active ELSE 1 END,"
            + " archived = CASE WHEN alive THEN archived ELSE 0 END,"
            + " archived_at = CASE WHEN alive THEN archived_at END,"
            + " version = CASE WHEN alive THEN version ELSE version + 1 END"
            + " RETURNING id, alive, priority";

    private static final String COPY_LISTINGS = LIST + "SELECT ?2, l.source_id, l.first_listed_at, l.listed_at"
            + " FROM listing l WHERE l.proxy_id = ?1 AND l.unlisted_at IS NULL" + RELIST;

    private static final String END_LISTINGS =
            "UPDATE listing SET unlisted_at = ?2 WHERE proxy_id = ?1 AND unlisted_at IS NULL";

    private static final String IS_AS_READ =
            "SELECT count(*) FROM proxy WHERE id = ?1 AND version = ?2 AND archived = 0";

    private static final String OVERRIDE = "UPDATE proxy SET tier_override = ?2, priority_override = ?3,"
            + " active_override = ?4, override_until = ?5, type_override = ?6, tags = ?7 WHERE id = ?1";

    // Not WITH: the driver looks through what begins so for an INSERT, at a cost beyond that of the statement.
    private static final String LOCATE = ProxyColumns.place(
            "f.at",
            ProxyColumns.LOCATED.stream()
                    .map(column -> "? AS " + column.name())
                    .collect(Collectors.joining(", ", "(SELECT ", ", ? AS at) AS f")));

    private static final String ARCHIVE = "UPDATE proxy SET archived = 1, archived_at = ?1 WHERE id IN"
            + " (SELECT id FROM proxy WHERE alive = 0 AND archived = 0 AND last_checked_at > 0"
            + " AND state_since <= ?2 AND NOT (tampering > 0 AND active) ORDER BY state_since LIMIT ?3) RETURNING id";

    private static final String RESEAL = "UPDATE proxy SET password = ?2, credential_digest = ?3"
            + " WHERE id = ?1 AND password = ?4 AND credential_digest = ?5";

    private static final String FIND_TWIN = "SELECT s.id FROM proxy p JOIN proxy s ON s.host = p.host"
            + " AND s.port = p.port AND s.credential_digest = ?2 AND s.scheme = p.scheme WHERE p.id = ?1";

    private static final String GIVE_WAY = "UPDATE proxy SET alive = 0, active = 0, tier = "
            + Codes.of(Tier.INACTIVE) + ", tier_reason = " + Codes.of(TierReason.REPLACED) + ", tier_since = ?2,"
            + " risk = " + Codes.of(RiskCategory.DEAD)
            + ", archived = 1, archived_at = ?2, version = version + 1 WHERE id = ?1";

    // What was alive until now is worth a look at once.
    private static final String STEP_IN = "UPDATE proxy SET next_check_at = ?3, active = 1, archived = 0,"
            + " archived_at = NULL, version = version + 1 WHERE id = ?2 AND alive = 0"
            + " AND (SELECT p.alive FROM proxy p WHERE p.id = ?1) = 1 RETURNING priority";

    private static final Comparator<Candidate> BY_ADDRESS = Comparator.comparing(
                    (Candidate candidate) -> candidate.key().host())
            .thenComparingInt(candidate -> candidate.key().port());

    private final Connection connection;
    private final InstantSource clock;
    private final Bounds bounds;
    private final Sealing sealing;
    private final SqliteStatements statements;
    private final DueCalendar calendar = new DueCalendar();
    private final List<Move> moves = new ArrayList<>();

    /** Takes over {@code connection} and rebuilds the calendar. */
    SqliteWriter(Connection connection, InstantSource clock, Bounds bounds, Sealing sealing) throws SQLException {
        this.connection = connection;
        this.clock = clock;
        this.bounds = bounds;
        this.sealing = sealing;
        this.statements = new SqliteStatements(connection);
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TEMP TABLE incoming (n INTEGER PRIMARY KEY, scheme INTEGER, host TEXT,"
                    + " port INTEGER, username TEXT, password TEXT, credential_digest TEXT, claimed INTEGER,"
                    + " country TEXT, other_digest TEXT)");
            statement.execute("CREATE TEMP TABLE target (n INTEGER, id INTEGER, PRIMARY KEY (n, id)) WITHOUT ROWID");
        }
        fillCalendar();
        connection.setAutoCommit(false);
    }

    CandidatesKept keep(CandidatesFound batch, Merge merge) throws SQLException {
        return commit(() -> add(batch, merge));
    }

    ChunkKept keepChunk(ImportChunk chunk, Merge merge) throws SQLException {
        return commit(() -> {
            if (numbers(bind(FIND_LEASE, chunk.job(), chunk.leaseToken())).isEmpty()) {
                throw bounds.leaseLost(chunk);
            }
            try (ResultSet rows = bind(FIND_CHUNK, chunk.job(), chunk.number()).executeQuery()) {
                if (rows.next()) {
                    return new ChunkKept(rows.getLong(1), rows.getLong(2), true);
                }
            }
            CandidatesKept kept = add(chunk.entries(), merge);
            bind(
                            ADD_CHUNK,
                            chunk.job(),
                            chunk.number(),
                            chunk.lines(),
                            kept.added(),
                            kept.known(),
                            chunk.rejected(),
                            chunk.cursor())
                    .executeUpdate();
            return new ChunkKept(kept.added(), kept.known(), false);
        });
    }

    int endListing(String source, long fetchedAtMillis) throws SQLException {
        return commit(() -> {
            return bind(END_LISTING, source, fetchedAtMillis).executeUpdate();
        });
    }

    List<TakenProxy> takeDue(long nowMillis, int lowest, int highest, int limit, long leaseMillis) throws SQLException {
        long[] ids = calendar.take(nowMillis, lowest, highest, limit, leaseMillis);
        List<TakenProxy> taken = new ArrayList<>(ids.length);
        try {
            return commit(() -> {
                for (long id : ids) {
                    try (ResultSet rows = bind(LOAD, id).executeQuery()) {
                        if (rows.next()) {
                            taken.add(ProxyColumns.taken(new SqliteCells(rows), sealing.vault()));
                        }
                    }
                }
                return taken;
            });
        } catch (SQLException | RuntimeException e) {
            for (long id : ids) {
                calendar.giveBack(id);
            }
            throw e;
        }
    }

    List<DueLevel> backlog(long nowMillis) {
        List<DueLevel> levels = new ArrayList<>();
        for (int priority = DueCalendar.HIGHEST_PRIORITY; priority >= 1; priority--) {
            int due = calendar.due(priority, nowMillis);
            if (due > 0) {
                levels.add(new DueLevel(priority, due, calendar.oldestDueAtMillis(priority)));
            }
        }
        return levels;
    }

    void giveBack(List<Long> ids) {
        for (long id : ids) {
            calendar.giveBack(id);
        }
    }

    /** Only in the calendar: the file keeps what their next checks were meant to be. */
    int expedite(List<Long> ids, int priority, long nowMillis) {
        int due = 0;
        for (long id : new LinkedHashSet<>(ids)) {
            due += calendar.hasten(id, priority, nowMillis) ? 1 : 0;
        }
        return due;
    }

    /** Only in the calendar, like {@link #expedite}; what flies, or was written since it was read, stays as it is. */
    int defer(List<Deferral> deferrals, long nowMillis) throws SQLException {
        return commit(() -> {
            int later = 0;
            for (Deferral deferral : deferrals) {
                boolean waits = number(bind(IS_AS_READ, deferral.id(), deferral.version())) == 1
                        && calendar.hasten(deferral.id(), deferral.priority(), nowMillis);
                if (waits) {
                    calendar.put(deferral.id(), deferral.priority(), deferral.nextCheckAtMillis());
                    later++;
                }
            }
            return later;
        });
    }

    boolean override(long id, @Nullable ManualOverride override) throws SQLException {
        return commit(() -> {
            PreparedStatement update = bind(OVERRIDE, id, null, null, null, null, null, null);
            if (override != null) {
                if (override.tier() != null) {
                    update.setInt(2, Codes.of(override.tier()));
                }
                if (override.priority() > 0) {
                    update.setInt(3, override.priority());
                }
                if (override.active() != null) {
                    update.setInt(4, override.active() ? 1 : 0);
                }
                if (override.untilMillis() < Long.MAX_VALUE) {
                    update.setLong(5, override.untilMillis());
                }
                if (override.type() != null) {
                    update.setInt(6, Codes.of(override.type()));
                }
                update.setString(7, ProxyColumns.tags(override.tags()));
            }
            return update.executeUpdate() == 1;
        });
    }

    int locate(List<Located> located, long nowMillis) throws SQLException {
        return commit(() -> {
            int changed = 0;
            for (Located one : located) {
                PreparedStatement update = statements.get(LOCATE);
                SqliteParameters row = new SqliteParameters(update);
                ProxyColumns.writeLocated(one, row);
                row.number(nowMillis);
                changed += update.executeUpdate();
            }
            return changed;
        });
    }

    int write(List<HealthChange> changes, @Nullable CheckBatch happened) throws SQLException {
        return commit(() -> {
            if (happened != null && !happened.events().isEmpty()) {
                note(happened);
            }
            int written = 0;
            for (HealthChange change : changes) {
                boolean done = change.spoken().isEmpty() ? writeHealth(change, change.after()) : resolve(change);
                written += done ? 1 : 0;
            }
            return written;
        });
    }

    int archive(long deadSinceMillis, int limit) throws SQLException {
        return commit(() -> {
            List<Long> ids = numbers(bind(ARCHIVE, clock.millis(), deadSinceMillis, limit));
            for (long id : ids) {
                moves.add(Move.out(id));
            }
            return ids.size();
        });
    }

    CredentialRows.Written reseal(List<CredentialChange> changes, long nowMillis) throws SQLException {
        return commit(() -> {
            int written = 0;
            int gaveWay = 0;
            for (CredentialChange change : changes) {
                long id = change.row().id();
                List<Long> twin = change.renames() ? numbers(bind(FIND_TWIN, id, change.digest())) : List.of();
                boolean aside = !twin.isEmpty();
                boolean done = bind(
                                        RESEAL,
                                        id,
                                        aside ? change.asideStored() : change.stored(),
                                        aside ? change.asideDigest() : change.digest(),
                                        change.row().stored(),
                                        change.row().digest())
                                .executeUpdate()
                        == 1;
                if (done && aside) {
                    giveWay(id, twin.get(0), nowMillis);
                    gaveWay++;
                }
                written += done ? 1 : 0;
            }
            return new CredentialRows.Written(written, gaveWay);
        });
    }

    private void giveWay(long id, long twin, long nowMillis) throws SQLException {
        for (long priority : numbers(bind(STEP_IN, id, twin, nowMillis))) {
            moves.add(new Move(twin, (int) priority, nowMillis));
        }
        bind(COPY_LISTINGS, id, twin).executeUpdate();
        bind(END_LISTINGS, id, nowMillis).executeUpdate();
        bind(GIVE_WAY, id, nowMillis).executeUpdate();
        moves.add(Move.out(id));
    }

    /** Overwritten passwords are zeroed in the file, and the log that held them ends. */
    void settle() throws SQLException {
        connection.setAutoCommit(true);
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
        } finally {
            connection.setAutoCommit(false);
        }
    }

    void limitPages(long pages) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA max_page_count = " + pages);
        }
    }

    void close() throws SQLException {
        connection.close();
    }

    // keep

    private CandidatesKept add(CandidatesFound batch, Merge merge) throws SQLException {
        boolean others = stage(batch.candidates());
        statements.get(MATCH_INCOMING).executeUpdate();
        if (others) {
            statements.get(MATCH_OTHER).executeUpdate();
        }
        long before = number(statements.get(LAST_ID));
        int added = bind(INSERT_NEW, batch.fetchedAtMillis()).executeUpdate();
        int source = source(batch.source());
        bind(LIST_NEW, source, batch.fetchedAtMillis(), before).executeUpdate();
        if (merge == Merge.UPDATE) {
            statements.get(UPDATE_KNOWN).executeUpdate();
        } else if (merge == Merge.REPLACE) {
            for (long id : numbers(bind(REPLACE_KNOWN, batch.fetchedAtMillis()))) {
                moves.add(new Move(id, Health.DEFAULT_PRIORITY, batch.fetchedAtMillis()));
            }
        }
        if (merge != Merge.SKIP) {
            bind(LIST_KNOWN, source, batch.fetchedAtMillis()).executeUpdate();
        }
        // Nothing else writes and nothing is ever deleted, so new rows are numbered without gaps.
        for (long id = before + 1; id <= before + added; id++) {
            moves.add(new Move(id, Health.DEFAULT_PRIORITY, batch.fetchedAtMillis()));
        }
        return new CandidatesKept(added, batch.candidates().size() - added);
    }

    /**
     * Fills the table of what comes in, in the order of the index of identities: neighbours share its pages.
     *
     * @return whether some may be stored under another digest
     */
    private boolean stage(List<Candidate> candidates) throws SQLException {
        statements.get(CLEAR_INCOMING).executeUpdate();
        statements.get(CLEAR_TARGET).executeUpdate();
        List<Candidate> sorted = new ArrayList<>(candidates);
        sorted.sort(BY_ADDRESS);
        PackedCandidates packed = new PackedCandidates(sorted.size());
        List<Candidate> others = new ArrayList<>();
        for (Candidate candidate : sorted) {
            if (!packed.add(candidate)) {
                others.add(candidate);
            }
        }
        bind(UNPACK_INCOMING, packed.json()).executeUpdate();
        PreparedStatement insert = statements.get(ADD_INCOMING);
        int n = packed.size();
        // One process owns the file, and encrypts all of it when it opens it: there is hardly ever anything else.
        boolean mixed = !others.isEmpty() && (!sealing.vault().seals() || hasPlain());
        boolean elsewhere = false;
        for (Candidate candidate : others) {
            Sealing.Stored credentials = sealing.cells(candidate.key());
            SqliteParameters row = new SqliteParameters(insert);
            row.number(n++);
            row.number(Codes.of(candidate.key().scheme()));
            row.text(candidate.key().host());
            row.number(candidate.key().port());
            row.text(credentials.user());
            row.text(credentials.password());
            row.text(credentials.digest());
            row.number(candidate.claimedCapabilities());
            row.text(candidate.claimedCountry());
            String otherDigest = mixed ? sealing.otherDigest(candidate.key()) : null;
            row.text(otherDigest);
            elsewhere |= otherDigest != null;
            insert.addBatch();
        }
        insert.executeBatch();
        return elsewhere;
    }

    /** Whether any password is in the clear. */
    private boolean hasPlain() throws SQLException {
        try (ResultSet rows = statements.get(FIND_PLAIN).executeQuery()) {
            return rows.next();
        }
    }

    private int source(String name) throws SQLException {
        List<Long> known = numbers(bind(FIND_SOURCE, name));
        if (!known.isEmpty()) {
            return known.get(0).intValue();
        }
        bind(ADD_SOURCE, name).executeUpdate();
        return (int) number(bind(FIND_SOURCE, name));
    }

    // write

    private void note(CheckBatch happened) throws SQLException {
        bounds.happened(happened);
        int next = bind(SqliteHistory.NEXT_BATCH, happened.writer(), happened.number(), clock.millis())
                .executeUpdate();
        if (next == 1) {
            PackedEvents packed = PackedEvents.of(happened.events());
            SqliteHistory.bind(statements.get(SqliteHistory.ADD_BATCH), packed, false)
                    .executeUpdate();
        }
    }

    private boolean writeHealth(HealthChange change, Health after) throws SQLException {
        PreparedStatement update = statements.get(WRITE_HEALTH);
        SqliteParameters row = new SqliteParameters(update);
        ProxyColumns.write(after, row);
        row.flag(after.alive());
        row.flag(after.alive());
        row.number(change.id());
        row.number(change.expectedVersion());
        List<Long> archived = numbers(update);
        if (archived.isEmpty()) {
            return false;
        }
        boolean due = archived.get(0) == 0;
        moves.add(due ? new Move(change.id(), after.priority(), after.nextCheckAtMillis()) : Move.out(change.id()));
        return true;
    }

    /** An entry of unknown scheme turned out to speak something. */
    private boolean resolve(HealthChange change) throws SQLException {
        List<Long> scheme = numbers(bind(READ_SCHEME, change.id(), change.expectedVersion()));
        if (scheme.isEmpty() || scheme.get(0) != Codes.of(Scheme.UNKNOWN)) {
            return writeHealth(change, change.after());
        }
        List<Scheme> spoken = change.spoken().stream().distinct().toList();
        Scheme first = spoken.get(0);
        long now = change.after().lastCheckedAtMillis();
        boolean taken =
                !numbers(bind(FIND_SIBLING, change.id(), Codes.of(first))).isEmpty();
        if (taken) {
            writeHealth(change, ProxyColumns.retired(change.after()));
            bind(RETIRE, change.id(), now).executeUpdate();
            addSibling(change.id(), first, now);
        } else {
            bind(NAME_SCHEME, change.id(), Codes.of(first)).executeUpdate();
            writeHealth(change, change.after());
        }
        for (Scheme further : spoken.subList(1, spoken.size())) {
            addSibling(change.id(), further, now);
        }
        if (taken) {
            bind(END_LISTINGS, change.id(), now).executeUpdate();
        }
        return true;
    }

    /** Makes sure of an entry for another scheme at the same address, listed wherever this one is. */
    private void addSibling(long id, Scheme scheme, long now) throws SQLException {
        long sibling;
        try (ResultSet rows = bind(ADD_SIBLING, id, Codes.of(scheme), now).executeQuery()) {
            rows.next();
            sibling = rows.getLong(1);
            if (rows.getInt(2) == 0) {
                moves.add(new Move(sibling, rows.getInt(3), now));
            }
        }
        bind(COPY_LISTINGS, id, sibling).executeUpdate();
    }

    // calendar

    private void fillCalendar() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            // Every page is read once: kept, they would take the whole cache for nothing.
            statement.execute("PRAGMA cache_size = " + -SqliteFile.SCAN_CACHE_KIBIBYTES);
            try (ResultSet rows = statement.executeQuery("SELECT count(*) FROM proxy WHERE archived = 0")) {
                calendar.reserve(rows.getInt(1));
            }
            try (ResultSet rows =
                    statement.executeQuery("SELECT id, priority, next_check_at FROM proxy WHERE archived = 0")) {
                while (rows.next()) {
                    calendar.put(rows.getLong(1), rows.getInt(2), rows.getLong(3));
                }
            }
            statement.execute("PRAGMA cache_size = " + -SqliteFile.WRITE_CACHE_KIBIBYTES);
        }
    }

    /** Where an entry goes in the calendar once the transaction is through; priority 0 takes it out. */
    private record Move(long id, int priority, long dueAtMillis) {
        static Move out(long id) {
            return new Move(id, 0, 0);
        }
    }

    // JDBC

    private <T> T commit(SqliteThread.Work<T> work) throws SQLException {
        moves.clear();
        T result;
        try {
            result = work.run();
            connection.commit();
        } catch (SQLException | RuntimeException e) {
            statements.forget(e);
            rollBack(connection, e);
            throw e;
        }
        for (Move move : moves) {
            if (move.priority == 0) {
                calendar.remove(move.id);
            } else {
                calendar.put(move.id, move.priority, move.dueAtMillis);
            }
        }
        moves.clear();
        return result;
    }

    /** Takes back what was begun, and begins anew. A failure to do so is added to {@code reason}. */
    static void rollBack(Connection connection, Throwable reason) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            reason.addSuppressed(e);
            beginAnew(connection, reason);
        }
    }

    /** SQLite has ended the transaction itself, as it may when the disk is full; the driver believes in it still. */
    private static void beginAnew(Connection connection, Throwable reason) {
        try {
            connection.setAutoCommit(true);
        } catch (SQLException e) {
            reason.addSuppressed(e);
        }
        try {
            connection.setAutoCommit(false);
        } catch (SQLException e) {
            reason.addSuppressed(e);
        }
    }

    private PreparedStatement bind(String sql, @Nullable Object... values) throws SQLException {
        PreparedStatement statement = statements.get(sql);
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
        return statement;
    }

    private static long number(PreparedStatement query) throws SQLException {
        try (ResultSet rows = query.executeQuery()) {
            rows.next();
            return rows.getLong(1);
        }
    }

    private static List<Long> numbers(PreparedStatement query) throws SQLException {
        List<Long> numbers = new ArrayList<>();
        try (ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                numbers.add(rows.getLong(1));
            }
        }
        return numbers;
    }
}

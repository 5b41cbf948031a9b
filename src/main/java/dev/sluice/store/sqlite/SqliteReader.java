package dev.sluice.store.sqlite;

import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.store.ImportTotals;
import dev.sluice.store.ProxyQuery;
import dev.sluice.store.schema.Codes;
import dev.sluice.store.schema.ProxyColumns;
import dev.sluice.store.schema.Sealing;
import dev.sluice.store.schema.SearchSql;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Queries beside the writer. Blocks; confined to one thread. */
final class SqliteReader {
    /** Numbers of the sources that list a proxy, by comma: names would be repeated for each row. */
    private static final String LISTS =
            "(SELECT group_concat(l.source_id) FROM listing l" + " WHERE l.proxy_id = p.id AND l.unlisted_at IS NULL)";

    /** What {@link #search} reads of a table called {@code p}. */
    static final String STORED = ProxyColumns.STORED + ", " + LISTS;

    private static final String ALIVE = "SELECT " + ProxyColumns.STORED + ", " + LISTS
            + " FROM proxy p INDEXED BY proxy_alive WHERE p.alive = 1 AND p.id > ? ORDER BY p.id LIMIT ?";

    private static final String PAGE =
            "SELECT " + ProxyColumns.STORED + ", " + LISTS + " FROM proxy p WHERE p.id > ? ORDER BY p.id LIMIT ?";

    private static final String FIND = "SELECT " + ProxyColumns.STORED + ", " + LISTS
            + " FROM proxy p WHERE p.host = ? AND p.port = ? AND p.credential_digest = ? AND p.scheme = ?";

    private static final String GET = "SELECT " + ProxyColumns.STORED + ", " + LISTS
            + " FROM proxy p WHERE p.id IN (SELECT value FROM json_each(?)) ORDER BY p.id";

    // The inner query stays in the index; only the page that is wanted is read.
    private static final String TURNED = "SELECT " + ProxyColumns.STORED + ", " + LISTS
            + " FROM proxy p WHERE p.id IN (SELECT t.id FROM proxy t INDEXED BY proxy_turned WHERE t.state_since >= ?"
            + " AND (t.last_alive_at > 0 OR t.state_since > t.first_seen_at) AND t.id > ? ORDER BY t.id LIMIT ?)"
            + " ORDER BY p.id";

    private static final String IMPORTED = "SELECT count(*), coalesce(sum(lines), 0), coalesce(sum(added), 0),"
            + " coalesce(sum(known), 0), coalesce(sum(rejected), 0), (SELECT c.cursor FROM job_chunk c"
            + " WHERE c.job_id = ?1 ORDER BY c.number DESC LIMIT 1) FROM job_chunk WHERE job_id = ?1";

    private final Connection connection;
    private final Sealing sealing;
    private final SqliteStatements statements;
    private final Map<Integer, String> sources = new HashMap<>();

    SqliteReader(Connection connection, Sealing sealing) {
        this.connection = connection;
        this.sealing = sealing;
        this.statements = new SqliteStatements(connection);
    }

    List<StoredProxy> alive(long afterId, int limit) throws SQLException {
        PreparedStatement alive = statements.get(ALIVE);
        alive.setLong(1, afterId);
        alive.setInt(2, limit);
        return read(alive);
    }

    List<StoredProxy> page(long afterId, int limit) throws SQLException {
        PreparedStatement page = statements.get(PAGE);
        page.setLong(1, afterId);
        page.setInt(2, limit);
        return read(page);
    }

    /** By the digest of today; else by that of an older program, which may have stored it. */
    Optional<StoredProxy> find(ProxyKey key) throws SQLException {
        Optional<StoredProxy> found = find(key, sealing.digest(key));
        String earlier = found.isEmpty() ? sealing.otherDigest(key) : null;
        return earlier == null ? found : find(key, earlier);
    }

    private Optional<StoredProxy> find(ProxyKey key, String digest) throws SQLException {
        PreparedStatement find = statements.get(FIND);
        find.setString(1, key.host());
        find.setInt(2, key.port());
        find.setString(3, digest);
        find.setInt(4, Codes.of(key.scheme()));
        return read(find).stream().findFirst();
    }

    List<StoredProxy> get(List<Long> ids) throws SQLException {
        PreparedStatement get = statements.get(GET);
        get.setString(1, ids.toString());
        return read(get);
    }

    List<StoredProxy> turnedSince(long sinceMillis, long afterId, int limit) throws SQLException {
        PreparedStatement turned = statements.get(TURNED);
        turned.setLong(1, sinceMillis);
        turned.setLong(2, afterId);
        turned.setInt(3, limit);
        return read(turned);
    }

    /** The entries a statement yields, which selects {@link #STORED}. Prepared anew: there are many of them. */
    List<StoredProxy> search(SearchSql.Statement search) throws SQLException {
        try (PreparedStatement statement = prepare(search)) {
            return read(statement);
        }
    }

    /** The first row of two numbers that a statement yields; null when it yields none. */
    ProxyQuery.@Nullable Position position(SearchSql.Statement search) throws SQLException {
        try (PreparedStatement statement = prepare(search);
                ResultSet rows = statement.executeQuery()) {
            return rows.next() ? new ProxyQuery.Position(rows.getLong(1), rows.getLong(2)) : null;
        }
    }

    private PreparedStatement prepare(SearchSql.Statement search) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(search.text());
        int column = 1;
        for (Object value : search.values()) {
            statement.setObject(column++, value);
        }
        return statement;
    }

    ImportTotals imported(String job) throws SQLException {
        PreparedStatement sums = statements.get(IMPORTED);
        sums.setString(1, job);
        try (ResultSet rows = sums.executeQuery()) {
            rows.next();
            return new ImportTotals(
                    rows.getInt(1),
                    rows.getLong(2),
                    rows.getLong(3),
                    rows.getLong(4),
                    rows.getLong(5),
                    rows.getString(6));
        } catch (SQLException | RuntimeException e) {
            statements.forget(e);
            throw e;
        }
    }

    void close() throws SQLException {
        connection.close();
    }

    private List<StoredProxy> read(PreparedStatement query) throws SQLException {
        List<StoredProxy> found = new ArrayList<>();
        try (ResultSet rows = query.executeQuery()) {
            SqliteCells cells = new SqliteCells(rows);
            while (rows.next()) {
                found.add(ProxyColumns.stored(cells, lists(cells.text(ProxyColumns.STORED_COUNT)), sealing.vault()));
            }
        } catch (SQLException | RuntimeException e) {
            statements.forget(e);
            throw e;
        }
        return found;
    }

    private List<String> lists(@Nullable String numbers) throws SQLException {
        if (numbers == null) {
            return List.of();
        }
        List<String> names = new ArrayList<>(4);
        int start = 0;
        while (start < numbers.length()) {
            int comma = numbers.indexOf(',', start);
            int end = comma < 0 ? numbers.length() : comma;
            names.add(source(Integer.parseInt(numbers, start, end, 10)));
            start = end + 1;
        }
        Collections.sort(names);
        return names;
    }

    private String source(int number) throws SQLException {
        String known = sources.get(number);
        if (known == null) {
            try (Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery("SELECT id, name FROM source")) {
                while (rows.next()) {
                    sources.put(rows.getInt(1), rows.getString(2));
                }
            }
            known = sources.get(number);
        }
        if (known == null) {
            throw new IllegalStateException("source " + number + " is listed but not stored");
        }
        return known;
    }
}

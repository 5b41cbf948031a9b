package dev.sluice.main;

import dev.sluice.store.EmbeddedDatabase;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Nothing secret comes out of a server with a PostgreSQL, whose password is one of the secrets. */
class SecretsIT extends SecretsContract {
    private static final String PASSWORD = "database-password-marker-00";
    private static final String USER =
            "sluice_secrets_" + ProcessHandle.current().pid();

    private String uri = "";

    @BeforeEach
    void create() throws SQLException {
        uri = EmbeddedDatabase.create();
        execute("CREATE ROLE " + USER + " LOGIN SUPERUSER PASSWORD '" + PASSWORD + "'");
    }

    @AfterEach
    void drop() throws SQLException {
        execute("DROP OWNED BY " + USER + " CASCADE");
        execute("DROP ROLE " + USER);
        EmbeddedDatabase.drop(uri);
    }

    private Connection connect() throws SQLException {
        URI at = URI.create(uri);
        String[] user = at.getUserInfo().split(":", 2);
        return DriverManager.getConnection(
                "jdbc:postgresql://" + at.getHost() + ':' + at.getPort() + at.getPath(),
                user[0],
                user.length > 1 ? user[1] : "");
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    String storeUrl(Path data) {
        URI at = URI.create(uri);
        return "postgresql://" + USER + ':' + PASSWORD + '@' + at.getHost() + ':' + at.getPort() + at.getPath();
    }

    @Override
    Map<String, String> secretsOfStore() {
        return Map.of("password of the database", PASSWORD);
    }

    /** Every table as text. */
    @Override
    String everythingStored() throws SQLException {
        StringBuilder all = new StringBuilder();
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            List<String> tables = new ArrayList<>();
            try (ResultSet rows =
                    statement.executeQuery("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")) {
                while (rows.next()) {
                    tables.add(rows.getString(1));
                }
            }
            for (String table : tables) {
                try (ResultSet rows = statement.executeQuery("SELECT t::text FROM \"" + table + "\" t")) {
                    while (rows.next()) {
                        all.append(rows.getString(1)).append('\n');
                    }
                }
            }
        }
        return all.toString();
    }
}

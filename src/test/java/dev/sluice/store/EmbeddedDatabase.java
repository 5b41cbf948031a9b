package dev.sluice.store;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL for tests: started once in a process from binaries on the class path, on a free port of the loopback
 * interface; or the one in {@code SLUICE_TEST_POSTGRES} ({@code postgresql://user:password@host:port/database}, a user
 * who may create databases).
 */
public final class EmbeddedDatabase {
    private static final AtomicInteger NUMBERS = new AtomicInteger();
    private static @Nullable String server;

    private EmbeddedDatabase() {}

    /** URI of a new, empty database. */
    public static String create() {
        String name = "sluice_test_" + ProcessHandle.current().pid() + '_' + NUMBERS.incrementAndGet();
        execute("CREATE DATABASE " + name);
        return at(name);
    }

    /** Drops what {@link #create} made, whoever is connected. */
    public static void drop(String uri) {
        String path = URI.create(uri).getPath();
        execute("DROP DATABASE IF EXISTS " + path.substring(1) + " WITH (FORCE)");
    }

    private static void execute(String sql) {
        URI uri = URI.create(server());
        String[] user = uri.getUserInfo().split(":", 2);
        String url = "jdbc:postgresql://" + uri.getHost() + ':' + uri.getPort() + uri.getPath();
        try (Connection connection = DriverManager.getConnection(url, user[0], user.length > 1 ? user[1] : "");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    private static String at(String database) {
        String uri = server();
        return uri.substring(0, uri.lastIndexOf('/') + 1) + database;
    }

    private static synchronized String server() {
        if (server == null) {
            String given = System.getenv("SLUICE_TEST_POSTGRES");
            server = given == null || given.isBlank() ? start() : given;
        }
        return server;
    }

    private static String start() {
        try {
            EmbeddedPostgres postgres = EmbeddedPostgres.builder()
                    .setServerConfig("fsync", "off")
                    .setServerConfig("max_connections", "60")
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> close(postgres)));
            return "postgresql://postgres:postgres@127.0.0.1:" + postgres.getPort() + "/postgres";
        } catch (IOException e) {
            throw new IllegalStateException("the embedded PostgreSQL did not start", e);
        }
    }

    private static void close(EmbeddedPostgres postgres) {
        try {
            postgres.close();
        } catch (IOException e) {
            System.err.println("the embedded PostgreSQL did not stop: " + e);
        }
    }
}

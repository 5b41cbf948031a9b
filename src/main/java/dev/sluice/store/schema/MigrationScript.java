package dev.sluice.store.schema;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One step of the schema. Its file has a section {@code -- up} and a section {@code -- down}; statements end with a
 * semicolon at the end of a line; {@code -- down needs empty: TABLE} above both says that going back would lose what is
 * in that table, or in those of its rows that a {@code WHERE} after it names, so that it is refused while there is
 * something; {@code -- down refused: TEXT} says why in other words.
 *
 * @param version 1 and up, without gaps
 * @param name from the file's name
 * @param up statements that take this step
 * @param down statements that undo it and lose nothing
 * @param needsEmpty table that must be empty before it is undone, perhaps with a condition, or null
 * @param refusal what is wrong and what is expected while it is not, or null where the table says it
 * @param checksum of the statements in {@code up}: comments and spacing do not count
 */
public record MigrationScript(
        int version,
        String name,
        List<String> up,
        List<String> down,
        @Nullable String needsEmpty,
        @Nullable String refusal,
        String checksum) {
    private static final List<String> FILES = List.of(
            "V1__core.sql",
            "V2__archive_and_overrides.sql",
            "V3__latencies_and_probation.sql",
            "V4__keys_and_settings.sql",
            "V5__jobs.sql",
            "V6__tier_reasons.sql",
            "V7__listings_by_number.sql",
            "V8__locations.sql",
            "V9__search.sql",
            "V10__history.sql",
            "V11__credentials.sql");
    private static final String NEEDS_EMPTY = "-- down needs empty:";
    private static final String REFUSED = "-- down refused:";
    private static final int CHECKSUM_LENGTH = 16;

    public MigrationScript {
        up = List.copyOf(up);
        down = List.copyOf(down);
    }

    /**
     * All steps for a database, oldest first.
     *
     * @param dialect {@code sqlite} or {@code postgres}
     */
    public static List<MigrationScript> all(String dialect) {
        List<MigrationScript> scripts = new ArrayList<>();
        for (String file : FILES) {
            String path = "/dev/sluice/store/" + dialect + '/' + file;
            try (InputStream in = MigrationScript.class.getResourceAsStream(path)) {
                if (in == null) {
                    throw new IllegalStateException("migration " + path + " is not on the class path");
                }
                scripts.add(parse(file, new String(in.readAllBytes(), StandardCharsets.UTF_8)));
            } catch (IOException e) {
                throw new UncheckedIOException("migration " + path + " cannot be read", e);
            }
        }
        return List.copyOf(scripts);
    }

    /**
     * Reads a script.
     *
     * @param file {@code V<version>__<name>.sql}
     */
    static MigrationScript parse(String file, String text) {
        int split = file.indexOf("__");
        if (!file.startsWith("V") || split < 2 || !file.endsWith(".sql")) {
            throw new IllegalArgumentException("migration: " + file + " (expected: V1__name.sql)");
        }
        List<String> up = new ArrayList<>();
        List<String> down = new ArrayList<>();
        List<String> section = null;
        String needsEmpty = null;
        String refusal = null;
        StringBuilder statement = new StringBuilder();
        for (String raw : text.lines().toList()) {
            String line = raw.strip();
            if (line.equals("-- up")) {
                section = up;
            } else if (line.equals("-- down")) {
                section = down;
            } else if (line.startsWith(NEEDS_EMPTY)) {
                needsEmpty = line.substring(NEEDS_EMPTY.length()).strip();
            } else if (line.startsWith(REFUSED)) {
                refusal = line.substring(REFUSED.length()).strip();
            } else if (!line.isEmpty() && !line.startsWith("--")) {
                if (section == null) {
                    throw new IllegalArgumentException("migration " + file + ": statement outside of a section");
                }
                statement.append(statement.isEmpty() ? "" : "\n").append(line);
                if (line.endsWith(";")) {
                    section.add(statement.substring(0, statement.length() - 1));
                    statement.setLength(0);
                }
            }
        }
        if (!statement.isEmpty() || up.isEmpty() || down.isEmpty()) {
            throw new IllegalArgumentException(
                    "migration " + file + " (expected: sections up and down, each statement ended by a semicolon)");
        }
        return new MigrationScript(
                Integer.parseInt(file.substring(1, split)),
                file.substring(split + 2, file.length() - ".sql".length()).replace('_', ' '),
                up,
                down,
                needsEmpty,
                refusal,
                checksum(up));
    }

    private static String checksum(List<String> statements) {
        String text = String.join(";", statements).replaceAll("\\s+", " ");
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash).substring(0, CHECKSUM_LENGTH);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every Java platform", e);
        }
    }
}

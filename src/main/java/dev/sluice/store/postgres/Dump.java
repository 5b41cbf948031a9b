package dev.sluice.store.postgres;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.store.Backups;
import dev.sluice.store.StoreException;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * The file of a copy: gzip over lines. The first says what it is; then, table by table, {@code T} with its name and an
 * {@code R} for each row, as the database writes it in JSON; the last, {@code E}, has the numbers of rows and a digest of
 * all lines before. What has no last line was broken off. Blocks; not thread-safe.
 */
final class Dump {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String FORMAT = "sluice-backup";
    private static final int VERSION = 1;
    /** Longer than any row: of what comes from outside payloads of jobs are the longest, and those are bounded. */
    private static final int LONGEST_LINE = 32 << 20;

    private static final int BUFFER = 1 << 16;

    private Dump() {}

    /** Writes a file. */
    static final class Writer implements Closeable {
        private final OutputStream out;
        private final MessageDigest digest = sha256();
        private final Map<String, Long> rows = new LinkedHashMap<>();
        private String table = "";

        /** @param schema version of the schema */
        Writer(Path file, int schema, long atMillis) throws IOException {
            out = new GZIPOutputStream(Files.newOutputStream(file), BUFFER);
            line(JSON.writeValueAsString(JSON.createObjectNode()
                    .put("format", FORMAT)
                    .put("version", VERSION)
                    .put("kind", "postgres")
                    .put("schema", schema)
                    .put("made_at_ms", atMillis)));
        }

        void table(String name) throws IOException {
            table = name;
            rows.put(name, 0L);
            line("T " + name);
        }

        void rows(List<String> lines) throws IOException {
            for (String row : lines) {
                line("R " + row);
            }
            rows.merge(table, (long) lines.size(), Long::sum);
        }

        private void line(String text) throws IOException {
            byte[] bytes = (text + '\n').getBytes(StandardCharsets.UTF_8);
            digest.update(bytes);
            out.write(bytes);
        }

        /** Writes the last line. @return rows by table */
        Map<String, Long> end() throws IOException {
            ObjectNode end = JSON.createObjectNode()
                    .put("sha256", HexFormat.of().formatHex(digest.digest()))
                    .set("rows", JSON.valueToTree(rows));
            out.write(("E " + JSON.writeValueAsString(end) + '\n').getBytes(StandardCharsets.UTF_8));
            return rows;
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }

    /** Rows of one table. */
    record Batch(String table, List<String> rows) {}

    /** Reads a file, and sees that it is what was written. */
    static final class Reader implements Closeable {
        private final Path file;
        private final InputStream in;
        private final MessageDigest digest = sha256();
        private final Map<String, Long> rows = new LinkedHashMap<>();
        private final int schema;
        private final byte[] buffer = new byte[BUFFER];
        private int at;
        private int end;
        private String table = "";
        private @Nullable String nextTable;
        private boolean ended;

        Reader(Path file) throws IOException {
            this.file = file;
            InputStream raw = Files.newInputStream(file);
            try {
                this.in = new GZIPInputStream(raw, BUFFER);
            } catch (IOException e) {
                raw.close();
                throw refused("is no copy of a PostgreSQL database");
            }
            String first = line();
            digest(first);
            JsonNode head = json(first);
            if (!head.path("format").asText().equals(FORMAT)) {
                throw refused("is no copy of a PostgreSQL database");
            }
            if (head.path("version").asInt() != VERSION) {
                throw refused("is of version " + head.path("version").asInt() + " of its format");
            }
            this.schema = head.path("schema").asInt();
        }

        /** Version of the schema. */
        int schema() {
            return schema;
        }

        /** Rows read so far, by table. */
        Map<String, Long> rows() {
            return rows;
        }

        /** The next rows of one table, 1 to {@code limit} of them; null when all was read and is as it was written. */
        @Nullable
        Batch next(int limit) throws IOException {
            List<String> batch = new ArrayList<>();
            if (nextTable != null) {
                table = nextTable;
                nextTable = null;
            }
            while (!ended && batch.size() < limit) {
                String line = line();
                if (line.startsWith("E ")) {
                    count(batch);
                    end(json(line.substring(2)));
                    break;
                }
                digest(line);
                if (line.startsWith("R ")) {
                    batch.add(line.substring(2));
                } else if (line.startsWith("T ")) {
                    String name = line.substring(2);
                    rows.put(name, 0L);
                    if (!batch.isEmpty()) {
                        nextTable = name;
                        break;
                    }
                    table = name;
                } else {
                    throw refused("is damaged");
                }
            }
            if (!ended) {
                count(batch);
            }
            return batch.isEmpty() ? null : new Batch(table, batch);
        }

        private void count(List<String> batch) {
            if (!batch.isEmpty()) {
                rows.merge(table, (long) batch.size(), Long::sum);
            }
        }

        private void end(JsonNode told) {
            ended = true;
            Map<String, Long> written = new LinkedHashMap<>();
            told.path("rows")
                    .fields()
                    .forEachRemaining(table ->
                            written.put(table.getKey(), table.getValue().asLong()));
            if (!told.path("sha256").asText().equals(HexFormat.of().formatHex(digest.digest()))
                    || !written.equals(rows)) {
                throw refused("is damaged");
            }
        }

        private void digest(String line) {
            digest.update(line.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) '\n');
        }

        private String line() throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream(512);
            while (true) {
                if (at == end) {
                    at = 0;
                    try {
                        end = in.read(buffer);
                    } catch (EOFException e) {
                        end = -1;
                    } catch (ZipException e) {
                        throw refused("is damaged");
                    }
                    if (end <= 0) {
                        throw refused("was broken off");
                    }
                }
                int start = at;
                while (at < end && buffer[at] != '\n') {
                    at++;
                }
                line.write(buffer, start, at - start);
                if (line.size() > LONGEST_LINE) {
                    throw refused("has a line of more than " + LONGEST_LINE + " bytes");
                }
                if (at < end) {
                    at++;
                    return line.toString(StandardCharsets.UTF_8);
                }
            }
        }

        private JsonNode json(String text) {
            try {
                return JSON.readTree(text);
            } catch (JsonProcessingException e) {
                throw refused("is damaged");
            }
        }

        private StoreException refused(String why) {
            return Backups.refusal("restore: " + file + ' ' + why + " (expected: a file that backup made, whole)");
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every Java platform", e);
        }
    }
}

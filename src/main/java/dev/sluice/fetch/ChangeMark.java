package dev.sluice.fetch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What metadata says of when the lists changed: a time in JSON, a "latest update" in text such as a README, else the
 * content as a whole.
 *
 * @param value equal as long as nothing changed
 * @param changedAtMillis the time as milliseconds since 1970, 0 when it could not be read
 */
record ChangeMark(String value, long changedAtMillis) {
    /** Field names without case and punctuation, the most telling first. */
    private static final List<String> FIELDS = List.of(
            "timestamp",
            "updatedat",
            "lastupdatedat",
            "lastupdated",
            "lastupdate",
            "updated",
            "generatedat",
            "lastmodified",
            "modified",
            "date",
            "time");

    private static final Pattern LATEST_UPDATE = Pattern.compile(
            "(?:latest|last)[ _-]?updated?(?:[ _-]?at)?[^\\p{Alnum}\\n]{1,10}([^*)\\n<]{6,60})",
            Pattern.CASE_INSENSITIVE);
    private static final int MAX_NODES = 10_000;
    private static final int MAX_VALUE = 100;
    private static final long FIRST_MILLIS = 100_000_000_000L;
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final DateTimeFormatter SPOKEN =
            DateTimeFormatter.ofPattern("MMM d, yyyy, hh:mm a 'UTC'", Locale.ENGLISH);

    private static final List<Function<String, Instant>> READERS = List.of(
            ChangeMark::epoch,
            Instant::parse,
            text -> OffsetDateTime.parse(text).toInstant(),
            text -> LocalDateTime.parse(text.replace(' ', 'T')).toInstant(ZoneOffset.UTC),
            text -> ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant(),
            text -> LocalDateTime.parse(text, SPOKEN).toInstant(ZoneOffset.UTC));

    /** The mark in {@code metadata}. */
    static ChangeMark of(byte[] metadata) {
        String text = new String(metadata, StandardCharsets.UTF_8);
        String time = text.stripLeading().startsWith("{") || text.stripLeading().startsWith("[") ? inJson(text) : null;
        if (time == null) {
            Matcher matcher = LATEST_UPDATE.matcher(text);
            time = matcher.find() ? matcher.group(1).trim() : null;
        }
        if (time == null) {
            return new ChangeMark("content " + digest(metadata), 0);
        }
        return new ChangeMark("time " + time, millis(time));
    }

    private static @Nullable String inJson(String text) {
        JsonNode root;
        try {
            root = MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            return null;
        }
        String[] found = new String[FIELDS.size()];
        ArrayDeque<JsonNode> open = new ArrayDeque<>();
        open.add(root);
        for (int seen = 0; !open.isEmpty() && seen < MAX_NODES; seen++) {
            JsonNode node = open.remove();
            for (Map.Entry<String, JsonNode> field : node.properties()) {
                int rank =
                        FIELDS.indexOf(field.getKey().toLowerCase(Locale.ROOT).replaceAll("[^a-z]", ""));
                JsonNode value = field.getValue();
                if (rank >= 0 && found[rank] == null && (value.isTextual() || value.isNumber())) {
                    found[rank] = value.asText();
                }
            }
            List<JsonNode> children = new ArrayList<>();
            node.forEach(children::add);
            for (JsonNode child : children) {
                if (child.isContainerNode()) {
                    open.add(child);
                }
            }
        }
        for (String time : found) {
            if (time != null && !time.isBlank() && time.length() <= MAX_VALUE) {
                return time.trim();
            }
        }
        return null;
    }

    private static long millis(String time) {
        for (Function<String, Instant> reader : READERS) {
            try {
                return Math.max(0, reader.apply(time).toEpochMilli());
            } catch (DateTimeException | NumberFormatException | ArithmeticException e) {
                // Not in this form; the next one may fit.
            }
        }
        return 0;
    }

    private static Instant epoch(String text) {
        long value = (long) Double.parseDouble(text);
        return value >= FIRST_MILLIS ? Instant.ofEpochMilli(value) : Instant.ofEpochSecond(value);
    }

    private static String digest(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}

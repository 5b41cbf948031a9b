package dev.sluice.geo;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.geo.mmdb.Believed;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.NetworkType;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the answers of a web service. Immutable, thread-safe. */
final class WebAnswer {
    static final String ORIGIN = "web";

    private static final ObjectMapper JSON = new ObjectMapper();
    /** A number and a name in one, {@code AS64500 Example Ltd}. */
    private static final Pattern SYSTEM = Pattern.compile("(AS[0-9]{1,10})(?:\\s+(.*))?");

    private static final Map<String, List<String>> USUAL = Map.of(
            "country",
            List.of(
                    "/country_code",
                    "/countryCode",
                    "/country_code2",
                    "/country_iso",
                    "/country/iso_code",
                    "/country/code",
                    "/country",
                    "/location/country_code",
                    "/location/country/code"),
            "city",
            List.of("/city", "/city_name", "/cityName", "/city/names/en", "/city/name", "/location/city"),
            "region",
            List.of("/continent_code", "/continentCode", "/continent/code", "/continent"),
            "asn",
            List.of("/asn", "/as_number", "/asNumber", "/asn/asn", "/asn/number", "/connection/asn", "/as", "/org"),
            "organisation",
            List.of(
                    "/as_name",
                    "/asname",
                    "/asn/name",
                    "/asn/org",
                    "/connection/org",
                    "/organization",
                    "/organisation",
                    "/isp",
                    "/as",
                    "/org"));

    private final Map<String, List<JsonPointer>> pointers = new HashMap<>();

    /** @param configured pointers by field, in place of the usual ones */
    WebAnswer(Map<String, String> configured) {
        USUAL.forEach((field, usual) -> {
            String own = configured.get(field);
            pointers.put(
                    field,
                    (own == null ? usual : List.of(own))
                            .stream().map(JsonPointer::compile).toList());
        });
    }

    /**
     * The location an answer tells.
     *
     * @return {@link Location#UNKNOWN} where it tells nothing
     * @throws IOException when it is no JSON object, or tells of an error
     */
    Location read(byte[] body) throws IOException {
        JsonNode root;
        try {
            root = JSON.readTree(body);
        } catch (IOException e) {
            throw new IOException("the answer is no JSON", e);
        }
        if (!root.isObject()) {
            throw new IOException("the answer is no JSON object");
        }
        String country = first(root, "country", text -> Believed.country(text.toUpperCase(Locale.ROOT)));
        String region = first(root, "region", text -> Believed.continent(text.toUpperCase(Locale.ROOT)));
        String city = first(root, "city", text -> text);
        String system = first(root, "asn", WebAnswer::system);
        String organisation = first(root, "organisation", WebAnswer::organisation);
        Location location = Believed.location(
                region, country, city, Believed.system(null, system), organisation, type(root), ORIGIN);
        if (location == null && root.path("error").asBoolean(!root.path("error").isMissingNode())) {
            throw new IOException("the answer tells of an error");
        }
        return location == null ? Location.UNKNOWN : location;
    }

    /** What a text says of a field; null for nothing. */
    @FunctionalInterface
    private interface Reading {
        @Nullable
        String of(String text);
    }

    private @Nullable String first(JsonNode root, String field, Reading reading) {
        for (JsonPointer pointer : pointers.getOrDefault(field, List.of())) {
            JsonNode node = root.at(pointer);
            String text = node.isTextual() || node.isIntegralNumber() ? Believed.text(node.asText()) : null;
            String read = text == null ? null : reading.of(text);
            if (read != null) {
                return read;
            }
        }
        return null;
    }

    private static @Nullable String system(String text) {
        Matcher matcher = SYSTEM.matcher(text);
        String number = matcher.matches() ? matcher.group(1) : text;
        return Believed.system(null, number) == 0 ? null : number;
    }

    private static @Nullable String organisation(String text) {
        Matcher matcher = SYSTEM.matcher(text);
        return matcher.matches() ? matcher.group(2) : text;
    }

    private static @Nullable NetworkType type(JsonNode root) {
        if (root.path("hosting").asBoolean()) {
            return NetworkType.DATACENTER;
        }
        return root.path("mobile").asBoolean() ? NetworkType.MOBILE : null;
    }
}

package dev.sluice.parse;

import dev.sluice.proxy.Credentials;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The known fields of one object or row, gathered until it is complete. */
final class Fields {
    private static final Field[] FLAGS = {Field.HTTP, Field.HTTPS, Field.SOCKS4, Field.SOCKS5};

    private final LineReader reader;
    private @Nullable String address;
    private @Nullable String host;
    private @Nullable String port;
    private @Nullable String endpoint;
    private @Nullable String type;
    private @Nullable String countryCode;
    private @Nullable String country;
    private @Nullable String placeCountry;
    private @Nullable String user;
    private @Nullable String password;
    private @Nullable String error;
    private @Nullable List<String> protocols;
    private final Set<Field> flagsSeen = EnumSet.noneOf(Field.class);
    private final Set<Field> flagsSet = EnumSet.noneOf(Field.class);

    Fields(LineReader reader) {
        this.reader = reader;
    }

    /** Takes a value; the first non-empty one of a kind stays. */
    void put(Field field, @Nullable String text) {
        if (text == null || text.isBlank()) {
            return;
        }
        String value = text.strip();
        switch (field) {
            case ADDRESS -> address = address == null ? value : address;
            case HOST -> host = host == null ? value : host;
            case PORT -> port = port == null ? value : port;
            case ENDPOINT -> endpoint = endpoint == null ? value : endpoint;
            case PROTOCOL -> addProtocols(value);
            case TYPE -> type = type == null ? value : type;
            case COUNTRY_CODE -> countryCode = countryCode == null && value.length() == 2 ? value : countryCode;
            case COUNTRY -> country = country == null ? value : country;
            // Credentials may begin or end with a space.
            case USER -> user = user == null ? text : user;
            case PASSWORD -> password = password == null ? text : password;
            case HTTP, HTTPS, SOCKS4, SOCKS5 -> flag(field, value);
            case ERROR -> error = error == null ? value : error;
            case PLACE, OTHER -> {
                // Nothing that an entry is made of.
            }
        }
    }

    private void addProtocols(String value) {
        if (protocols == null) {
            protocols = new ArrayList<>(2);
        }
        for (String word : value.split("[\\s,;/|+&]+", 8)) {
            if (!word.isEmpty() && protocols.size() < 8) {
                protocols.add(word);
            }
        }
    }

    private void flag(Field field, String value) {
        switch (value.toLowerCase(Locale.ROOT)) {
            case "1", "true", "yes", "y", "+" -> {
                flagsSeen.add(field);
                flagsSet.add(field);
            }
            case "0", "false", "no", "n", "-" -> flagsSeen.add(field);
            default -> {
                // Not a flag after all.
            }
        }
    }

    /** What a nested object says of the place. */
    void placedBy(Fields nested) {
        String said = nested.saidCountry();
        placeCountry = placeCountry == null ? said : placeCountry;
    }

    private @Nullable String saidCountry() {
        String code = Countries.known(countryCode);
        if (code != null) {
            return code;
        }
        String name = Countries.known(country);
        return name == null ? placeCountry : name;
    }

    @Nullable
    String error() {
        return error;
    }

    /** Whether an address and a port are there. */
    boolean addressed() {
        return (address != null || host != null) && port != null;
    }

    /** Whether anything is there that could be an entry's address. */
    boolean claimsAddress() {
        return address != null || host != null || endpoint != null;
    }

    /**
     * Reads what was gathered.
     *
     * @return entries, one a protocol, or a single refusal; empty when no address is claimed at all
     */
    List<Finding> read(long line) {
        Finding found = place(line);
        if (found == null) {
            return List.of();
        }
        if (!found.isEntry()) {
            return List.of(found);
        }
        List<String> claims = claims(found.protocol());
        if (claims == null) {
            return List.of(Finding.refused(line, Rejection.UNSUPPORTED_SCHEME, "", found.sample()));
        }
        String place = saidCountry();
        Finding complete = found.completed(null, place);
        if (claims.isEmpty()) {
            return List.of(complete);
        }
        List<Finding> findings = new ArrayList<>(claims.size());
        for (String claim : claims) {
            findings.add(complete.completed(claim, null));
        }
        return findings;
    }

    private @Nullable Finding place(long line) {
        String spot = address == null ? host : address;
        if (spot == null) {
            return endpoint == null ? null : reader.endpoint(line, endpoint);
        }
        if (port == null) {
            if (endpoint != null) {
                return reader.endpoint(line, endpoint);
            }
            return spot.indexOf(':') >= 0
                    ? reader.endpoint(line, spot)
                    : Finding.refused(line, Rejection.NO_PORT, "", spot);
        }
        HostReading reading = HostReading.of(spot);
        Rejection badHost = reading.refusal();
        if (badHost != null) {
            return Finding.refused(line, badHost, reading.detail(), spot + ':' + port);
        }
        int number = Ports.read(port);
        if (number < 0) {
            return Finding.refused(line, Ports.refusal(port), "", spot + ':' + port);
        }
        Credentials credentials = null;
        if (user != null || password != null) {
            credentials = Userinfo.credentials(user == null ? "" : user, password == null ? "" : password);
            if (credentials == null) {
                return Finding.refused(line, Rejection.BAD_CREDENTIALS, "", spot + ':' + port);
            }
        }
        return Finding.entry(line, null, reading, number, credentials, null);
    }

    /** The claims; empty for none; null when only protocols are named that can't be used. */
    private @Nullable List<String> claims(@Nullable String own) {
        List<String> claims = new ArrayList<>(2);
        boolean open = false;
        if (protocols != null) {
            for (String word : protocols) {
                open |= Protocols.meaning(word) == Protocols.Meaning.OPEN || Countries.known(word) == null;
                add(claims, Protocols.claim(word));
            }
            if (!claims.isEmpty() || !open) {
                return claims.isEmpty() ? null : claims;
            }
        }
        if (own != null) {
            claims.add(own);
            return claims;
        }
        String spot = address == null ? host : address;
        String kind = endpoint == null || spot == null || !endpoint.contains(spot) ? null : schemeOf(endpoint);
        if (kind != null) {
            claims.add(kind);
            return claims;
        }
        if (type != null) {
            for (String word : type.split("[\\s,;/|+&]+", 8)) {
                add(claims, Protocols.claim(word));
            }
            if (!claims.isEmpty()) {
                return claims;
            }
        }
        for (Field flag : FLAGS) {
            if (flagsSet.contains(flag)) {
                add(claims, Protocols.claim(flag.name()));
            }
        }
        boolean onlyHttps = flagsSeen.equals(Set.of(Field.HTTPS));
        if (claims.isEmpty() && onlyHttps) {
            // A column "Https: no" stands in lists of HTTP proxies.
            claims.add("http");
        }
        return claims;
    }

    private static @Nullable String schemeOf(String url) {
        int end = url.indexOf("://");
        return end > 0 && end < 8 ? Protocols.claim(url.substring(0, end)) : null;
    }

    private static void add(List<String> claims, @Nullable String claim) {
        if (claim != null && !claims.contains(claim)) {
            claims.add(claim);
        }
    }
}

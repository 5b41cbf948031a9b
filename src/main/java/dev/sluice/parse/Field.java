package dev.sluice.parse;

import java.util.Locale;

/** What a field of an object, or a column of a table, is about, told from its name. */
enum Field {
    ADDRESS,
    HOST,
    PORT,
    ENDPOINT,
    PROTOCOL,
    /** Protocol in some lists, anonymity in others. */
    TYPE,
    COUNTRY_CODE,
    COUNTRY,
    /** An object about where the proxy is. */
    PLACE,
    USER,
    PASSWORD,
    HTTP,
    HTTPS,
    SOCKS4,
    SOCKS5,
    /** What an error body says. */
    ERROR,
    OTHER;

    /** By name, in any case, with any punctuation. */
    static Field of(String name) {
        if (name.length() > 40) {
            return OTHER;
        }
        StringBuilder plain = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (HostReading.letter(c) || HostReading.digit(c)) {
                plain.append(c);
            }
        }
        return switch (plain.toString().toLowerCase(Locale.ROOT)) {
            case "ip", "ipaddress", "ipaddr", "addr", "address", "proxyaddress", "proxyip", "ipv4", "serverip" ->
                ADDRESS;
            case "host", "hostname", "server", "proxyhost", "servername", "iphost" -> HOST;
            case "port", "proxyport", "serverport" -> PORT;
            case "ipport", "proxy", "url", "uri", "proxyurl", "hostport", "endpoint", "addressport", "proxyipport" ->
                ENDPOINT;
            case "protocol", "protocols", "proto", "scheme", "proxyprotocol", "proxyprotocols" -> PROTOCOL;
            case "type", "types", "proxytype", "version" -> TYPE;
            case "countrycode", "code", "cc", "isocode", "countryiso", "countryisocode", "iso", "alpha2", "iso2" ->
                COUNTRY_CODE;
            case "country", "countryname" -> COUNTRY;
            case "geolocation", "geo", "location", "ipdata", "geoip", "ipinfo" -> PLACE;
            case "username", "user", "login", "proxyusername", "proxyuser" -> USER;
            case "password", "pass", "pwd", "passwd", "proxypassword", "proxypass" -> PASSWORD;
            case "http" -> HTTP;
            case "https", "ssl" -> HTTPS;
            case "socks4" -> SOCKS4;
            case "socks5" -> SOCKS5;
            case "error", "errors", "message", "msg", "detail" -> ERROR;
            default -> OTHER;
        };
    }
}

package dev.sluice.net.farm;

/**
 * The ports of the farm, each on the wildcard address. 0 asks for a free one.
 *
 * @param http where HTTP proxies are listed
 * @param socks where SOCKS proxies are listed
 * @param mixed where entries of unknown protocol are listed
 * @param silent a listener that answers no SYN
 * @param refused a port held by a socket that does not listen, so that every SYN is answered with a reset
 */
public record FarmPorts(int http, int socks, int mixed, int silent, int refused) {
    /** Free ports throughout. */
    public static final FarmPorts FREE = new FarmPorts(0, 0, 0, 0, 0);

    public FarmPorts {
        check("http", http);
        check("socks", socks);
        check("mixed", mixed);
        check("silent", silent);
        check("refused", refused);
    }

    private static void check(String name, int port) {
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException(name + ": " + port + " (expected: 0..65535)");
        }
    }
}

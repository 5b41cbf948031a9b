package dev.sluice.store.redis;

import dev.sluice.proxy.Secret;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a store is: {@code redis://:password@host:port/database#prefix}. What stands before the first colon of its keys is
 * the prefix, {@code sluice} where none is named, so that a database can be shared.
 *
 * @param url for the client
 * @param prefix of all keys
 */
record RedisAddress(Secret url, String prefix) {
    private static final String USUAL = "sluice";
    private static final Pattern USER_INFO = Pattern.compile("//[^/@]*@");
    private static final Pattern PASSWORD = Pattern.compile("//[^/@]*?:([^/]*)@");

    static RedisAddress of(String url) {
        int hash = url.indexOf('#', url.lastIndexOf('@') + 1);
        return hash < 0
                ? new RedisAddress(Secret.of(url), USUAL)
                : new RedisAddress(Secret.of(url.substring(0, hash)), url.substring(hash + 1));
    }

    /** Name in messages, without user and password. */
    String name() {
        return USER_INFO.matcher(url.reveal()).replaceFirst("//") + (prefix.equals(USUAL) ? "" : '#' + prefix);
    }

    /** What a client said, which may repeat the address, without its secrets. */
    String harmless(Throwable cause) {
        String message = String.valueOf(cause.getMessage()).replace(url.reveal(), name());
        Matcher password = PASSWORD.matcher(url.reveal());
        return password.find() && !password.group(1).isEmpty() ? message.replace(password.group(1), "***") : message;
    }

    String owner() {
        return prefix + ":store:owner";
    }

    String meta() {
        return prefix + ":store:meta";
    }

    String table(String name) {
        return prefix + ":store:" + name;
    }

    String entries(long bucket) {
        return prefix + ":store:entries:" + bucket;
    }
}

package dev.sluice.net;

/**
 * A request that was answered.
 *
 * @param notModified the server says that the validators still hold; there was no body then
 * @param validators for the next request
 * @param wireBytes body bytes as sent
 * @param bodyBytes body bytes unpacked
 */
public record HttpFetched(boolean notModified, Validators validators, long wireBytes, long bodyBytes) {}

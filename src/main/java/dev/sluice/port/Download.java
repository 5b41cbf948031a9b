package dev.sluice.port;

import java.nio.file.Path;

/**
 * A file to be sent to a client.
 *
 * @param file where it is
 * @param name what the client may call it
 * @param type its content type
 * @param bytes how much of it is there now
 * @param complete whether nothing will be added to it
 */
public record Download(Path file, String name, String type, long bytes, boolean complete) {}

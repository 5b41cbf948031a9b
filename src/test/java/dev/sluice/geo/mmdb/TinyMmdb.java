package dev.sluice.geo.mmdb;

import dev.sluice.parse.Cidr;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes small MMDB files: 24-bit records, networks that do not overlap, values of text, numbers, truth and maps. */
public final class TinyMmdb {
    private static final int NOTHING = -1;

    private final String type;
    private final int ipVersion;
    /** Children of each node: a node from 0 on, {@link #NOTHING}, or a record as -2 - offset. */
    private final List<int[]> nodes = new ArrayList<>();

    private final ByteArrayOutputStream data = new ByteArrayOutputStream();

    private TinyMmdb(String type, int ipVersion) {
        this.type = type;
        this.ipVersion = ipVersion;
        nodes.add(new int[] {NOTHING, NOTHING});
    }

    /** A file of the given {@code database_type} for {@code ip_version} 4 or 6. */
    public static TinyMmdb of(String type, int ipVersion) {
        return new TinyMmdb(type, ipVersion);
    }

    /** A file in which every public address has one country. */
    public static byte[] everywhere(String country) {
        return of("country ipv4", 4)
                .with("0.0.0.0/1", Map.of("country_code", country))
                .with("128.0.0.0/1", Map.of("country_code", country))
                .bytes();
    }

    /** Adds a network. */
    public TinyMmdb with(String network, Map<String, Object> record) {
        Cidr cidr = Cidr.parse(network);
        byte[] address = cidr.network();
        int length = cidr.prefix();
        if (ipVersion == 6 && address.length == 4) {
            address = ByteBuffer.allocate(16)
                    .putInt(12, ByteBuffer.wrap(address).getInt())
                    .array();
            length += 96;
        }
        int offset = data.size();
        value(record, data);
        int node = 0;
        for (int depth = 0; depth < length; depth++) {
            int bit = address[depth / 8] >> 7 - depth % 8 & 1;
            if (depth == length - 1) {
                nodes.get(node)[bit] = -2 - offset;
            } else {
                if (nodes.get(node)[bit] < 0) {
                    nodes.get(node)[bit] = nodes.size();
                    nodes.add(new int[] {NOTHING, NOTHING});
                }
                node = nodes.get(node)[bit];
            }
        }
        return this;
    }

    /** The file. */
    public byte[] bytes() {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        for (int[] node : nodes) {
            for (int child : node) {
                int value = child >= 0 ? child : child == NOTHING ? nodes.size() : nodes.size() + 16 - 2 - child;
                file.write(value >>> 16);
                file.write(value >>> 8);
                file.write(value);
            }
        }
        file.writeBytes(new byte[16]);
        file.writeBytes(data.toByteArray());
        file.writeBytes(new byte[] {(byte) 0xab, (byte) 0xcd, (byte) 0xef});
        file.writeBytes("MaxMind.com".getBytes(StandardCharsets.US_ASCII));
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("binary_format_major_version", 2);
        metadata.put("binary_format_minor_version", 0);
        metadata.put("build_epoch", 1_700_000_000L);
        metadata.put("database_type", type);
        metadata.put("description", Map.of("en", "a test"));
        metadata.put("ip_version", ipVersion);
        metadata.put("languages", List.of("en"));
        metadata.put("node_count", nodes.size());
        metadata.put("record_size", 24);
        value(metadata, file);
        return file.toByteArray();
    }

    private static void value(Object value, ByteArrayOutputStream out) {
        if (value instanceof Map<?, ?> map) {
            head(7, map.size(), out);
            map.forEach((key, member) -> {
                value(key, out);
                value(member, out);
            });
        } else if (value instanceof List<?> list) {
            head(11, list.size(), out);
            list.forEach(member -> value(member, out));
        } else if (value instanceof Boolean truth) {
            head(14, truth ? 1 : 0, out);
        } else if (value instanceof Integer number) {
            head(6, 4, out);
            out.writeBytes(ByteBuffer.allocate(4).putInt(number).array());
        } else if (value instanceof Long number) {
            head(9, 8, out);
            out.writeBytes(ByteBuffer.allocate(8).putLong(number).array());
        } else {
            byte[] text = value.toString().getBytes(StandardCharsets.UTF_8);
            head(2, text.length, out);
            out.writeBytes(text);
        }
    }

    private static void head(int kind, int size, ByteArrayOutputStream out) {
        int small = Math.min(size, size < 29 ? size : size < 285 ? 29 : 30);
        out.write((kind > 7 ? 0 : kind) << 5 | small);
        if (kind > 7) {
            out.write(kind - 7);
        }
        if (small == 29) {
            out.write(size - 29);
        } else if (small == 30) {
            out.write(size - 285 >>> 8);
            out.write(size - 285);
        }
    }
}

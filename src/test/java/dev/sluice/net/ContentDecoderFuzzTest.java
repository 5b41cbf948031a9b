package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sluice.fuzz.Pieces;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Bodies of any bytes: they are unpacked or refused, and where they are cut does not matter. The first byte of an input
 * says how the rest is cut.
 */
class ContentDecoderFuzzTest {
    private static final int MAX_OUT = 1 << 20;

    @FuzzTest(maxDuration = "90s")
    void gzip(byte[] data) {
        byte[] body = data.length == 0 ? data : Arrays.copyOfRange(data, 1, data.length);
        String ours = both("gzip", data, body);
        String theirs = platform(body);
        // The platform lets garbage behind the end pass, and we pass over the checksum of a header.
        if (ours.startsWith("ok:") && theirs.startsWith("ok:")) {
            assertThat(ours).isEqualTo(theirs);
        }
    }

    @FuzzTest(maxDuration = "90s")
    void deflate(byte[] data) {
        both("deflate", data, data.length == 0 ? data : Arrays.copyOfRange(data, 1, data.length));
    }

    @FuzzTest(maxDuration = "90s")
    void coding(byte[] data) {
        String name = new String(data, StandardCharsets.ISO_8859_1);
        try (ContentDecoder decoder = ContentDecoder.of(name)) {
            assertThat(name.trim()).matches("(?i)(x-)?gzip|deflate|identity|");
            decoder.end();
        } catch (ZipException e) {
            assertThat(String.valueOf(e.getMessage()))
                    .startsWith("content-encoding: ")
                    .hasSizeLessThan(200)
                    .matches("[ -~]+");
        }
    }

    private static String both(String coding, byte[] data, byte[] body) {
        String whole = unpack(coding, List.of(body));
        String cut = unpack(coding, Pieces.of(body, data.length == 0 ? 0 : data[0] & 0xff));
        assertThat(cut).isEqualTo(whole);
        return whole;
    }

    private static String unpack(String coding, List<byte[]> pieces) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] buffer = new byte[997];
        try (ContentDecoder decoder = ContentDecoder.of(coding)) {
            for (byte[] piece : pieces) {
                decoder.input(piece);
                int length;
                while ((length = decoder.read(buffer)) > 0) {
                    assertThat(length).isLessThanOrEqualTo(buffer.length);
                    out.write(buffer, 0, length);
                    if (out.size() > MAX_OUT) {
                        return "long";
                    }
                }
            }
            decoder.end();
        } catch (ZipException e) {
            return "refused";
        }
        return "ok:" + out.toString(StandardCharsets.ISO_8859_1);
    }

    private static String platform(byte[] body) {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(body))) {
            byte[] out = in.readNBytes(MAX_OUT + 1);
            return out.length > MAX_OUT ? "long" : "ok:" + new String(out, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "refused";
        }
    }
}

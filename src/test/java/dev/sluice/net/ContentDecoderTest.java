package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContentDecoderTest {
    private static final byte[] TEXT = "192.0.2.1:8080\n".repeat(5_000).getBytes(StandardCharsets.UTF_8);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 1_000, 1_000_000})
    void gzipMayBeCutAnywhere(int piece) throws IOException {
        assertThat(decode("gzip", gzip(TEXT), piece)).isEqualTo(TEXT);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 1_000_000})
    void severalGzipMembersAreOneBody(int piece) throws IOException {
        byte[] twice = concat(gzip(TEXT), gzip(TEXT));

        assertThat(decode("x-gzip", twice, piece)).isEqualTo(concat(TEXT, TEXT));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 1_000_000})
    void everyPartOfAGzipHeaderIsSkipped(int piece) throws IOException {
        byte[] plain = gzip(TEXT);
        byte[] header = {
            0x1f, (byte) 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3, 3, 0, 'a', 'b', 'c', 'n', 0, 'c', 0, 1, 2
        };
        byte[] decorated = concat(header, Arrays.copyOfRange(plain, 10, plain.length));

        assertThat(decode("gzip", decorated, piece)).isEqualTo(TEXT);
    }

    @Test
    void deflateMayComeWithItsWrapperOrBare() throws IOException {
        assertThat(decode("deflate", deflate(false), 100)).isEqualTo(TEXT);
        assertThat(decode("deflate", deflate(true), 100)).isEqualTo(TEXT);
    }

    @Test
    void identityPassesThrough() throws IOException {
        assertThat(decode("", TEXT, 999)).isEqualTo(TEXT);
        assertThat(decode("identity", TEXT, 999)).isEqualTo(TEXT);
    }

    @Test
    void aBodyThatEndsEarlyIsNoticed() {
        byte[] whole = gzip(TEXT);
        for (int length : new int[] {1, 5, 10, 30, whole.length - 8, whole.length - 1}) {
            assertThatThrownBy(() -> decode("gzip", Arrays.copyOf(whole, length), 64))
                    .as("%d bytes", length)
                    .isInstanceOf(ZipException.class)
                    .hasMessageContaining("ends early");
        }
    }

    @Test
    void aWrongChecksumIsNoticed() {
        byte[] broken = gzip(TEXT);
        broken[broken.length - 7] ^= 1;

        assertThatThrownBy(() -> decode("gzip", broken, 64)).hasMessageContaining("checksum");
    }

    @Test
    void whatIsNotCompressedIsRefused() {
        assertThatThrownBy(() -> decode("gzip", TEXT, 64)).hasMessage("not a gzip body");
        assertThatThrownBy(() -> decode("deflate", concat(new byte[] {0x78, (byte) 0x9c, -1, -1}, TEXT), 64))
                .isInstanceOf(ZipException.class);
        assertThatThrownBy(() -> decode("br", TEXT, 64)).hasMessageContaining("br (expected: gzip, deflate or none)");
    }

    @Test
    void randomBytesEndInAnErrorOrInOutput() {
        long seed = 42;
        Random random = new Random(seed);
        for (int i = 0; i < 300; i++) {
            byte[] noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            if (i % 2 == 0 && noise.length > 4) {
                System.arraycopy(new byte[] {0x1f, (byte) 0x8b, 8, 0}, 0, noise, 0, 4);
            }
            try {
                decode(i % 3 == 0 ? "deflate" : "gzip", noise, 1 + random.nextInt(50));
            } catch (IOException e) {
                assertThat(e).as("seed %d, round %d", seed, i).isInstanceOf(ZipException.class);
            }
        }
    }

    private static byte[] decode(String coding, byte[] sent, int piece) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] buffer = new byte[512];
        try (ContentDecoder decoder = ContentDecoder.of(coding)) {
            for (int from = 0; from < sent.length; from += piece) {
                decoder.input(Arrays.copyOfRange(sent, from, Math.min(sent.length, from + piece)));
                for (int n = decoder.read(buffer); n > 0; n = decoder.read(buffer)) {
                    out.write(buffer, 0, n);
                }
            }
            decoder.end();
        }
        return out.toByteArray();
    }

    static byte[] gzip(byte[] plain) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(plain);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return out.toByteArray();
    }

    private static byte[] deflate(boolean bare) {
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, bare);
        deflater.setInput(TEXT);
        deflater.finish();
        byte[] out = new byte[TEXT.length];
        int length = deflater.deflate(out);
        deflater.end();
        return Arrays.copyOf(out, length);
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}

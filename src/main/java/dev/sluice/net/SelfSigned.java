package dev.sluice.net;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;

/**
 * A fresh P-256 key with a certificate it signed itself (X.509 v3, RFC 5280), for a TLS listener that is recognised by its
 * key and not by an authority.
 *
 * @param certificatePem the certificate in PEM
 * @param privateKeyPem the key in PEM (PKCS #8)
 * @param publicKeyDer SubjectPublicKeyInfo, what a pin is taken from
 */
@SuppressWarnings("ArrayRecordComponent")
public record SelfSigned(String certificatePem, String privateKeyPem, byte[] publicKeyDer) {
    private static final byte[] ECDSA_WITH_SHA256 =
            sequence(new byte[] {6, 8, 42, (byte) 0x86, 72, (byte) 0xce, 61, 4, 3, 2});
    private static final byte[] COMMON_NAME = {6, 3, 85, 4, 3};
    private static final byte[] SUBJECT_ALT_NAME = {6, 3, 85, 29, 17};
    private static final DateTimeFormatter GENERALIZED = DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'");

    /**
     * Makes one.
     *
     * @param name common name and DNS alternative name, ASCII
     * @param address alternative name, as loopback listeners are reached by address
     * @param from begin of validity
     * @param until end of validity
     * @throws GeneralSecurityException when the platform lacks P-256, which every Java 17 has
     */
    public static SelfSigned create(String name, InetAddress address, Instant from, Instant until)
            throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        KeyPair pair = generator.generateKeyPair();
        byte[] subject = sequence(tlv(0x31, sequence(COMMON_NAME, tlv(0x0c, ascii(name)))));
        byte[] alternativeNames = sequence(tlv(0x82, ascii(name)), tlv(0x87, address.getAddress()));
        byte[] extensions = tlv(0xa3, sequence(sequence(SUBJECT_ALT_NAME, tlv(0x04, alternativeNames))));
        byte[] serial = new byte[16];
        new SecureRandom().nextBytes(serial);
        serial[0] = (byte) ((serial[0] & 0x3f) | 0x40);
        byte[] toBeSigned = sequence(
                tlv(0xa0, tlv(0x02, new byte[] {2})),
                tlv(0x02, serial),
                ECDSA_WITH_SHA256,
                subject,
                sequence(time(from), time(until)),
                subject,
                pair.getPublic().getEncoded(),
                extensions);
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(pair.getPrivate());
        signature.update(toBeSigned);
        byte[] bits = signature.sign();
        byte[] certificate = sequence(toBeSigned, ECDSA_WITH_SHA256, tlv(0x03, concat(new byte[] {0}, bits)));
        return new SelfSigned(
                pem("CERTIFICATE", certificate),
                pem("PRIVATE KEY", pair.getPrivate().getEncoded()),
                pair.getPublic().getEncoded());
    }

    /** What the key is recognised by: {@link SpkiPin}. */
    public String pin() {
        return SpkiPin.of(publicKeyDer);
    }

    /** The same as a listener takes it. */
    public PemIdentity pem() {
        return new PemIdentity(certificatePem, privateKeyPem, pin());
    }

    private static byte[] time(Instant instant) {
        return tlv(0x18, ascii(GENERALIZED.format(instant.atOffset(ZoneOffset.UTC))));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] sequence(byte[]... parts) {
        return tlv(0x30, concat(parts));
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    /** DER: tag, length, content. */
    private static byte[] tlv(int tag, byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(content.length + 4);
        out.write(tag);
        if (content.length < 128) {
            out.write(content.length);
        } else if (content.length < 256) {
            out.write(0x81);
            out.write(content.length);
        } else {
            out.write(0x82);
            out.write(content.length >> 8);
            out.write(content.length);
        }
        out.writeBytes(content);
        return out.toByteArray();
    }

    private static String pem(String type, byte[] der) {
        return "-----BEGIN " + type + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
                + "\n-----END " + type + "-----\n";
    }
}

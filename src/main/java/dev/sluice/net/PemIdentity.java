package dev.sluice.net;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Key and certificate of a TLS listener, in PEM.
 *
 * @param certificatesPem the certificate, and those that vouch for it
 * @param privateKeyPem its key (PKCS #8)
 * @param pin what the key is recognised by: {@link SpkiPin}
 */
public record PemIdentity(String certificatesPem, String privateKeyPem, String pin) {
    private static final Pattern PKCS8 =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");
    private static final byte[] PROBE = "whose key is this".getBytes(StandardCharsets.US_ASCII);

    /**
     * Takes what files hold.
     *
     * @throws IllegalArgumentException saying what is wrong: no certificate, no key that can be read, or a key of another
     *     certificate
     */
    public static PemIdentity of(String certificatesPem, String privateKeyPem) {
        PublicKey certified = certified(certificatesPem);
        Matcher matcher = PKCS8.matcher(privateKeyPem);
        if (!matcher.find()) {
            throw new IllegalArgumentException("no key in PKCS #8 without a password"
                    + " (expected: BEGIN PRIVATE KEY; openssl pkcs8 -topk8 -nodes converts others)");
        }
        if (!belongs(matcher.group(1), certified)) {
            throw new IllegalArgumentException("the key is not the certificate's, or can't be read (expected: the "
                    + certified.getAlgorithm() + " key of the first certificate)");
        }
        return new PemIdentity(certificatesPem, privateKeyPem, SpkiPin.of(certified.getEncoded()));
    }

    private static PublicKey certified(String certificatesPem) {
        try {
            Collection<? extends Certificate> chain = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(certificatesPem.getBytes(StandardCharsets.UTF_8)));
            if (!chain.isEmpty()) {
                return chain.iterator().next().getPublicKey();
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("no certificate that can be read (expected: BEGIN CERTIFICATE)", e);
        }
        throw new IllegalArgumentException("no certificate (expected: BEGIN CERTIFICATE)");
    }

    private static boolean belongs(String base64, PublicKey certified) {
        try {
            PrivateKey key = KeyFactory.getInstance(certified.getAlgorithm())
                    .generatePrivate(
                            new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(base64)));
            String algorithm = switch (certified.getAlgorithm()) {
                case "EC" -> "SHA256withECDSA";
                case "RSA" -> "SHA256withRSA";
                default -> certified.getAlgorithm();
            };
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(PROBE);
            byte[] signed = signature.sign();
            signature.initVerify(certified);
            signature.update(PROBE);
            return signature.verify(signed);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return false;
        }
    }

    @Override
    public String toString() {
        return "PemIdentity[pin=" + pin + ']';
    }
}

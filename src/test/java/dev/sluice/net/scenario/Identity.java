package dev.sluice.net.scenario;

import dev.sluice.net.SelfSigned;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** Whose key a TLS server of a script has. */
enum Identity {
    /** The one the client has pinned. */
    JUDGE,
    STRANGER;

    private final SelfSigned certificate;
    private final SSLContext context;

    Identity() {
        try {
            Instant now = Instant.now();
            certificate = SelfSigned.create(
                    "judge.sluice", InetAddress.getLoopbackAddress(), now.minusSeconds(60), now.plusSeconds(3_600));
            context = context(certificate);
        } catch (GeneralSecurityException | IOException e) {
            throw new AssertionError(e);
        }
    }

    String pin() {
        return certificate.pin();
    }

    SSLContext context() {
        return context;
    }

    private static SSLContext context(SelfSigned identity) throws GeneralSecurityException, IOException {
        String base64 = identity.privateKeyPem().replaceAll("-----[A-Z ]+-----|\\s", "");
        Certificate certificate = CertificateFactory.getInstance("X.509")
                .generateCertificate(
                        new ByteArrayInputStream(identity.certificatePem().getBytes(StandardCharsets.US_ASCII)));
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        keys.setKeyEntry(
                "key",
                KeyFactory.getInstance("EC")
                        .generatePrivate(
                                new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64))),
                new char[0],
                new Certificate[] {certificate});
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }
}

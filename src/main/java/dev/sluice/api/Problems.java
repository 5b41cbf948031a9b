package dev.sluice.api;

import dev.sluice.pool.Explanation;
import dev.sluice.port.KeyRecord.Role;
import dev.sluice.port.UploadRefusedException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Every error answer there is. Details name what the client sent and what was expected, never anything internal. */
final class Problems {
    /** Jobs take their time. */
    private static final long JOBS_RETRY_SECONDS = 10;

    /** Streams end after an hour, and when a client leaves. */
    private static final long STREAMS_RETRY_SECONDS = 30;

    private Problems() {}

    static Problem malformed(String detail) {
        return problem(400, "malformed-request", "The request is malformed", detail);
    }

    static Problem unknownParameter(String name, Collection<String> known) {
        String expected = known.isEmpty() ? "no parameters" : String.join(", ", known);
        return problem(
                        400,
                        "unknown-parameter",
                        "There is no such parameter",
                        "parameter: " + name + " (expected: " + expected + ")")
                .with("parameter", name)
                .with("known", new JsonArray(List.copyOf(known)));
    }

    static Problem invalidParameter(String name, String detail) {
        return problem(400, "invalid-parameter", "A parameter has a value it cannot have", detail)
                .with("parameter", name);
    }

    static Problem invalidBody(String detail, JsonArray errors) {
        Problem problem = problem(400, "invalid-body", "The body is not what is expected here", detail);
        return errors.isEmpty() ? problem : problem.with("errors", errors);
    }

    static Problem unauthorized(boolean keyGiven) {
        return problem(
                401,
                "unauthorized",
                "A key is needed",
                keyGiven
                        ? "the key that was sent is not known here, has expired or was revoked"
                        : "no key was sent (expected: the header X-API-Key, Authorization: Bearer, or the parameter"
                                + " api_key)");
    }

    static Problem twoKeys() {
        return malformed(
                "two different keys were sent (expected: one, in the header X-API-Key, in Authorization, or in the"
                        + " parameter api_key)");
    }

    static Problem otherPepper(String id) {
        return problem(
                401,
                "unusable-key",
                "The key cannot be checked here",
                "key " + id
                        + " was made with another pepper than this server has (expected: a new key, or the pepper it"
                        + " was made with)");
    }

    static Problem roleMissing(Role needed, Set<Role> has) {
        List<String> given = has.stream().sorted().map(Role::text).toList();
        return problem(
                        403,
                        "role-missing",
                        "The key has not the role for this",
                        "role: " + needed.text() + " is needed (this key has: " + String.join(", ", given) + ")")
                .with("needed", needed.text())
                .with("roles", new JsonArray(given));
    }

    static Problem credentialsNotYours() {
        return problem(
                403,
                "credentials-missing",
                "The key cannot give what it has not",
                "credentials: true (expected: false, because the key that asks does not see passwords itself)");
    }

    static Problem tooManyRequests(String who, int quota, long seconds) {
        return problem(
                        429,
                        "too-many-requests",
                        "Too many requests",
                        who + " has sent more than " + quota + " requests a second (expected: to ask again in "
                                + seconds + " s)")
                .with(Problem.RETRY_AFTER, seconds);
    }

    static Problem tooManyWrongKeys(long seconds) {
        return problem(
                        429,
                        "too-many-wrong-keys",
                        "Too many wrong keys",
                        "too many wrong keys were sent (expected: a right one, or to ask again in " + seconds + " s)")
                .with(Problem.RETRY_AFTER, seconds);
    }

    static Problem noKey(String id) {
        return problem(404, "no-key", "There is no such key", "key: " + id + " (GET /api/v1/keys names what there is)");
    }

    static Problem noJob(String id) {
        return problem(404, "no-job", "There is no such job", "job: " + id + " (GET /api/v1/jobs names what there is)");
    }

    static Problem jobState(String id, String state, String expected) {
        return problem(
                        409,
                        "job-state",
                        "The job is in another state",
                        "job " + id + " is " + state + " (expected: " + expected + ")")
                .with("state", state);
    }

    static Problem encryptionRefused(String detail) {
        return problem(409, "encryption-refused", "The step cannot be taken now", detail);
    }

    static Problem jobsFull(String detail) {
        return problem(503, "jobs-full", "Too many jobs wait", detail).with(Problem.RETRY_AFTER, JOBS_RETRY_SECONDS);
    }

    static Problem tooManyFollowers(int limit) {
        return problem(
                        503,
                        "too-many-streams",
                        "Too many clients follow events",
                        limit + " streams are open (expected: fewer)")
                .with(Problem.RETRY_AFTER, STREAMS_RETRY_SECONDS);
    }

    static Problem tooManyStreams(int limit) {
        return problem(
                        503,
                        "too-many-streams",
                        "Too many clients follow jobs",
                        limit + " streams are open (expected: fewer, or to ask for the job itself)")
                .with(Problem.RETRY_AFTER, JOBS_RETRY_SECONDS);
    }

    /** What a job left behind is gone, or on the disk of another instance. */
    static Problem noFile(String id, @Nullable String node) {
        return problem(
                404,
                "no-file",
                "There is no such file here",
                "job " + id + " left no file here" + (node == null ? "" : " (its files are on node " + node + ")"));
    }

    static Problem uploadRefused(UploadRefusedException refused) {
        String detail = String.valueOf(refused.getMessage());
        return switch (refused.reason()) {
            case TOO_LARGE -> problem(413, "body-too-large", "The body is too large", detail);
            case NO_ROOM -> problem(507, "no-room", "There is no room for the list", detail);
            case ADDRESS -> problem(422, "address-refused", "The address may not be fetched", detail);
            case BROKEN -> malformed(detail);
        };
    }

    static Problem noSchedule(String name, List<String> known) {
        return problem(
                        404,
                        "no-schedule",
                        "There is no such schedule",
                        "schedule: " + name + " (expected: " + String.join(", ", known) + ")")
                .with("known", new JsonArray(known));
    }

    static Problem alreadyRunning(String name, String run) {
        return problem(
                        409,
                        "already-running",
                        "A run is under way",
                        "schedule " + name + " is running (expected: to wait for the end of run " + run + ")")
                .with("run", run);
    }

    static Problem foreignHost(String host) {
        return problem(
                403,
                "foreign-host",
                "Only loopback is served",
                "Host: " + host + " (expected: localhost, 127.0.0.1 or [::1], because no API key is configured)");
    }

    static Problem foreignOrigin(String origin) {
        return problem(
                403,
                "foreign-origin",
                "Pages of other origins are not served",
                "Origin: " + origin + " (expected: none, or this server's own, because no API key is configured)");
    }

    static Problem notFound(String path) {
        return problem(404, "not-found", "There is nothing here", "path: " + path + " (GET / names what there is)");
    }

    static Problem noProxy(Explanation explanation) {
        JsonArray left = new JsonArray();
        StringBuilder detail = new StringBuilder("no proxy matches; entries left by each filter in turn:");
        for (Explanation.Step step : explanation.steps()) {
            left.add(new JsonObject().put("filter", step.condition()).put("left", step.left()));
            detail.append(' ').append(step.condition()).append('=').append(step.left());
        }
        return problem(404, "no-proxy", "No proxy matches", detail.toString()).with("filters", left);
    }

    static Problem noSource(String name, List<String> known) {
        return problem(
                        404,
                        "no-source",
                        "There is no such source",
                        "source: " + name + " (expected: " + String.join(", ", known) + ")")
                .with("known", new JsonArray(known));
    }

    static Problem noExport(String id) {
        return problem(
                404,
                "no-export",
                "There is no such export",
                "export: " + id + " (GET /api/v1/exports names the latest)");
    }

    static Problem exportNotReady(String id, String state) {
        return problem(
                        409,
                        "export-not-ready",
                        "The export has no file yet",
                        "export: " + id + " is " + state + " (expected: completed)")
                .with("state", state);
    }

    static Problem credentialsHidden() {
        return problem(
                403,
                "credentials-hidden",
                "The key does not see passwords",
                "credentials: true (expected: a key that sees passwords, or an export without)");
    }

    static Problem noSuchRange(String range, long bytes) {
        return problem(
                416,
                "no-such-range",
                "The file has no such part",
                "Range: " + range + " (expected: bytes from 0.." + (bytes - 1) + ")");
    }

    static Problem noSuchProxy(long id) {
        return problem(404, "no-such-proxy", "There is no such proxy", "id: " + id + " (expected: the id of a proxy)");
    }

    static Problem noProxyNamed(String name) {
        return problem(
                404,
                "no-such-proxy",
                "There is no such proxy",
                "proxy: " + name + " (expected: the id, host:port or URL of a proxy that is stored)");
    }

    static Problem archived(long id) {
        return problem(
                409,
                "archived",
                "The proxy is archived",
                "proxy " + id
                        + " is archived and is not checked (expected: one that is not; a list that names it brings it"
                        + " back)");
    }

    static Problem checkingOff() {
        return problem(
                503,
                "checking-off",
                "Nothing is checked at present",
                "checking is switched off, or has not begun; nothing was ordered");
    }

    /** What was asked for is not in memory. */
    static Problem storeSilent() {
        return problem(
                503,
                "store-unavailable",
                "The database does not answer",
                "this needs the database, which does not answer at present");
    }

    static Problem methodNotAllowed(String method, String allowed) {
        return problem(
                405,
                "method-not-allowed",
                "The method is not allowed here",
                "method: " + method + " (expected: " + allowed + ")");
    }

    static Problem bodyBroken() {
        return malformed("the body breaks off, or its chunks are not those of RFC 9112, 7.1");
    }

    static Problem bodyTooSlow(long deadlineMillis) {
        return problem(
                408,
                "body-too-slow",
                "The body took too long",
                "the body did not arrive within " + deadlineMillis + " ms");
    }

    static Problem bodyTooLarge(long limit) {
        return problem(413, "body-too-large", "The body is too large", "the body has more than " + limit + " bytes");
    }

    static Problem configRefused(List<String> problems) {
        return problem(
                        422,
                        "configuration-refused",
                        "The configuration was not changed",
                        "the new configuration is not valid; the old one stays in force")
                .with("problems", new JsonArray(problems));
    }

    /** What the HTTP decoder refused. */
    static Problem undecodable(int status) {
        return switch (status) {
            case 414 ->
                problem(
                        414,
                        "uri-too-long",
                        "The request line is too long",
                        "the request line has more than " + ApiVerticle.MAX_LINE + " bytes");
            case 431 ->
                problem(
                        431,
                        "headers-too-large",
                        "The headers are too large",
                        "the headers have more than " + ApiVerticle.MAX_HEADERS + " bytes");
            default -> malformed("this is not a request of HTTP/1.1 or HTTP/1.0");
        };
    }

    static Problem internal() {
        return problem(
                500, "internal", "Something went wrong here", "the request could not be answered; the log says why");
    }

    static Problem overloaded() {
        return problem(
                503,
                "overloaded",
                "Too much to do",
                "requests wait too long here at present; this one was refused before it waited as well");
    }

    static Problem tooManyFilters() {
        return problem(
                503,
                "too-many-filters",
                "Too many new filters at once",
                "many filters that were not used lately are being prepared; this one would have to wait too long");
    }

    static Problem storeUnavailable() {
        return problem(
                503,
                "store-unavailable",
                "The database is not reachable",
                "nothing was changed; it is tried no further");
    }

    static Problem notReady(String state) {
        return problem(503, "not-ready", "The server takes no traffic now", "state: " + state)
                .with("state", state);
    }

    private static Problem problem(int status, String type, String title, String detail) {
        return new Problem(status, type, title, detail, new JsonObject());
    }
}

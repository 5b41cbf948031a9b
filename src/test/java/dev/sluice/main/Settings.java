package dev.sluice.main;

import dev.sluice.config.ConfigLoader;
import dev.sluice.config.Inputs;
import dev.sluice.farm.Farm;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Command lines of tests. */
final class Settings {
    private Settings() {}

    /** {@code serve} on {@code port}, living on the lists of {@code farm} alone, with short deadlines and {@code further} settings. */
    static String[] living(int port, Farm farm, List<String> further) {
        List<String> words = new ArrayList<>(List.of("serve"));
        add(words, "server.port=" + port);
        add(words, "judge.tls-listen=127.0.0.1:0");
        add(words, "check.connect-timeout=2s");
        add(words, "check.first-byte-timeout=4s");
        add(words, "check.rate=2000");
        add(words, "check.concurrency=2000");
        add(words, "check.adaptive=false");
        add(words, "schedule.active=15s");
        add(words, "schedule.at-risk=5s");
        add(words, "schedule.inactive=20s");
        add(words, "schedule.confirm=2s");
        add(words, "fetch.sources.farm.kind=text");
        add(words, "fetch.sources.farm.urls=" + farm.webUrl() + "/list/all.txt," + farm.webUrl() + "/list/unknown.txt");
        noBuiltInSources(words);
        further.forEach(setting -> add(words, setting));
        return words.toArray(String[]::new);
    }

    /** Switches every built-in source off: they lie on other people's machines. */
    static void noBuiltInSources(List<String> words) {
        for (String name : ConfigLoader.load(Inputs.of(Map.of()))
                .config()
                .fetch()
                .sources()
                .keySet()) {
            add(words, "fetch.sources." + name + ".enabled=false");
        }
    }

    static void add(List<String> words, String setting) {
        words.add("--set");
        words.add(setting);
    }
}

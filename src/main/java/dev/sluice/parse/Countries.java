package dev.sluice.parse;

import java.text.Normalizer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Country codes and the names lists use for them. Immutable, thread-safe. */
final class Countries {
    private static final Set<String> CODES = new HashSet<>(Set.of(Locale.getISOCountries()));
    private static final Map<String, String> NAMES = new HashMap<>(512);

    /** What lists write where they know no country. */
    private static final Set<String> UNKNOWN =
            Set.of("", "zz", "unknown", "none", "null", "na", "nil", "undefined", "notfound", "anonymousproxy");

    static {
        CODES.add("XK");
        for (String code : Locale.getISOCountries()) {
            NAMES.put(folded(new Locale("", code).getDisplayCountry(Locale.ENGLISH)), code);
        }
        String[] variants = {
            "US=usa,unitedstatesofamerica,america",
            "GB=uk,greatbritain,england,scotland,wales,northernireland,unitedkingdomofgreatbritainandnorthernireland",
            "RU=russianfederation",
            "KR=korea,republicofkorea,korearepublicof,korearepublic,southkorea",
            "KP=northkorea,democraticpeoplesrepublicofkorea,koreademocraticpeoplesrepublicof",
            "CN=peoplesrepublicofchina,prchina,mainlandchina",
            "TW=taiwan,taiwanprovinceofchina,taiwanrepublicofchina",
            "HK=hongkong,hongkongsar,hongkongsarchina,hongkongspecialadministrativeregion",
            "MO=macau,macao,macausar,macaosar",
            "VN=vietnam",
            "IR=iran,iranislamicrepublicof,islamicrepublicofiran",
            "CZ=czechrepublic,czechia",
            "TR=turkey,turkiye,republicofturkiye",
            "NL=netherlands,holland,netherlandskingdomofthe,kingdomofthenetherlands",
            "MK=macedonia,northmacedonia,macedoniatheformeryugoslavrepublicof,republicofmacedonia",
            "MD=moldova,moldovarepublicof,republicofmoldova",
            "CI=ivorycoast,cotedivoire",
            "CD=congodemocraticrepublicof,congothedemocraticrepublicof,democraticrepublicofcongo,"
                    + "democraticrepublicofthecongo,drcongo,congokinshasa",
            "CG=congo,republicofcongo,republicofthecongo,congorepublic,congobrazzaville",
            "PS=palestine,palestinianterritory,palestinianterritories,palestinestateof,stateofpalestine,"
                    + "palestinianterritoryoccupied,occupiedpalestinianterritory",
            "BO=bolivia,boliviaplurinationalstateof,plurinationalstateofbolivia",
            "VE=venezuela,venezuelabolivarianrepublicof,bolivarianrepublicofvenezuela",
            "TZ=tanzania,tanzaniaunitedrepublicof,unitedrepublicoftanzania",
            "SY=syria,syrianarabrepublic",
            "LA=laos,laopeoplesdemocraticrepublic,laopdr",
            "LY=libya,libyanarabjamahiriya",
            "BN=brunei,bruneidarussalam",
            "MM=myanmar,burma",
            "SZ=swaziland,eswatini",
            "CV=capeverde,caboverde",
            "TL=easttimor,timorleste",
            "VA=vatican,vaticancity,holysee,holyseevaticancitystate",
            "XK=kosovo,republicofkosovo",
            "VI=usvirginislands,virginislandsus,unitedstatesvirginislands",
            "VG=britishvirginislands,virginislandsbritish",
            "BA=bosnia,bosniaandherzegovina,bosniaherzegovina",
            "AE=uae,unitedarabemirates",
            "TT=trinidadandtobago,trinidadtobago",
            "AG=antiguaandbarbuda,antiguabarbuda",
            "KN=saintkittsandnevis,stkittsnevis,stkittsandnevis",
            "VC=saintvincentandthegrenadines,stvincentgrenadines",
            "LC=saintlucia,stlucia",
            "ST=saotomeandprincipe,saotomeprincipe",
            "TC=turksandcaicosislands,turkscaicosislands",
            "SX=sintmaarten,sintmaartendutchpart",
            "MF=saintmartin,saintmartinfrenchpart,stmartin",
            "BQ=bonaire,caribbeannetherlands,bonairesinteustatiusandsaba,bonairesinteustatiussaba",
            "FM=micronesia,micronesiafederatedstatesof,federatedstatesofmicronesia",
            "CW=curacao",
            "RE=reunion",
            "GM=gambia",
            "BS=bahamas",
            "IE=republicofireland",
            "AX=alandislands",
            "FK=falklandislands,falklandislandsmalvinas",
        };
        for (String variant : variants) {
            String code = variant.substring(0, 2);
            for (String name : variant.substring(3).split(",", -1)) {
                NAMES.put(name, code);
            }
        }
    }

    private Countries() {}

    /** ISO 3166-1 alpha-2 in upper case, XK for Kosovo; null when {@code text} names no country. */
    static @Nullable String code(String text) {
        String trimmed = text.strip();
        if (trimmed.length() == 2) {
            String upper = trimmed.toUpperCase(Locale.ROOT);
            if (CODES.contains(upper)) {
                return upper;
            }
        }
        return trimmed.length() > 80 ? null : NAMES.get(folded(trimmed));
    }

    /** Whether {@code text} is a code in upper case, as lists decorate lines with. */
    static boolean isCode(String text) {
        return text.length() == 2 && CODES.contains(text);
    }

    /** The text as it stands, or null where it says that nothing is known. */
    static @Nullable String known(@Nullable String text) {
        if (text == null) {
            return null;
        }
        String trimmed = text.strip();
        if (trimmed.length() > 80) {
            return null;
        }
        return UNKNOWN.contains(folded(trimmed)) && !trimmed.equals("NA") ? null : trimmed;
    }

    /** Lower-case ASCII letters only: accents, spaces and punctuation dropped, as well as a leading article. */
    private static String folded(String text) {
        String plain = text;
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > 127) {
                plain = Normalizer.normalize(text, Normalizer.Form.NFD);
                break;
            }
        }
        StringBuilder letters = new StringBuilder(plain.length());
        for (int i = 0; i < plain.length(); i++) {
            char c = plain.charAt(i);
            if (c == '&') {
                letters.append("and");
            } else if (HostReading.letter(c)) {
                letters.append((char) (c | 0x20));
            } else if (c == 'ı') {
                letters.append('i');
            } else if (c == ' ' && letters.length() == 3 && letters.toString().equals("the")) {
                letters.setLength(0);
            }
        }
        return letters.toString();
    }
}

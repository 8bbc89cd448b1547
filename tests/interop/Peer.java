import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.avro.Conversions;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.data.TimeConversions;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

/**
 * Apache Avro behind the line protocol of this folder (see README.md).
 *
 * <p>usage: Peer SCHEMAS
 *
 * <p>encode ID JSON, encode-blocks ID JSON (arrays in blocks with their sizes), decode ID HEX.
 */
public final class Peer {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Conversions.DecimalConversion DECIMAL = new Conversions.DecimalConversion();
    private static final TimeConversions.TimestampMicrosConversion MICROS =
            new TimeConversions.TimestampMicrosConversion();
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);
    /** Small, so that a few items fill a block. */
    private static final int BLOCK_SIZE = 64;

    private final Map<Integer, Schema> schemas = new HashMap<>();

    private Peer(Path folder) throws IOException {
        for (String line : Files.readAllLines(folder.resolve("ids.lock"))) {
            if (line.startsWith("#")) {
                continue;
            }
            String[] parts = line.split(" ");
            Path file = folder.resolve(parts[2] + ".avsc");
            schemas.put(Integer.valueOf(parts[0]), new Schema.Parser().parse(file.toFile()));
        }
    }

    private static Schema withoutNull(Schema union) {
        return union.getTypes().stream().filter(t -> t.getType() != Schema.Type.NULL).findFirst().get();
    }

    private static String logicalName(Schema schema) {
        return schema.getLogicalType() == null ? "" : schema.getLogicalType().getName();
    }

    private static Object fromJson(Schema schema, JsonNode value) {
        switch (schema.getType()) {
            case RECORD:
                GenericRecord record = new GenericData.Record(schema);
                for (Schema.Field field : schema.getFields()) {
                    record.put(field.name(), fromJson(field.schema(), value.get(field.name())));
                }
                return record;
            case ARRAY:
                List<Object> items = new ArrayList<>();
                value.forEach(item -> items.add(fromJson(schema.getElementType(), item)));
                return items;
            case UNION:
                return value.isNull() ? null : fromJson(withoutNull(schema), value);
            case ENUM:
                return new GenericData.EnumSymbol(schema, value.textValue());
            case BOOLEAN:
                return value.booleanValue();
            case INT:
                return value.intValue();
            case LONG:
                if (logicalName(schema).equals("timestamp-micros")) {
                    return MICROS.toLong(Instant.parse(value.textValue()), schema, schema.getLogicalType());
                }
                return value.longValue();
            case STRING:
                return value.textValue();
            case BYTES:
                if (logicalName(schema).equals("decimal")) {
                    BigDecimal amount = new BigDecimal(value.textValue());
                    return DECIMAL.toBytes(amount, schema, schema.getLogicalType());
                }
                return ByteBuffer.wrap(HexFormat.of().parseHex(value.textValue()));
            default:
                throw new IllegalArgumentException("type " + schema.getType());
        }
    }

    private static JsonNode toJson(Schema schema, Object value) {
        switch (schema.getType()) {
            case RECORD:
                ObjectNode object = JSON.createObjectNode();
                for (Schema.Field field : schema.getFields()) {
                    object.set(field.name(), toJson(field.schema(), ((GenericRecord) value).get(field.pos())));
                }
                return object;
            case ARRAY:
                ArrayNode array = JSON.createArrayNode();
                ((Iterable<?>) value).forEach(item -> array.add(toJson(schema.getElementType(), item)));
                return array;
            case UNION:
                return value == null ? JSON.nullNode() : toJson(withoutNull(schema), value);
            case LONG:
                if (logicalName(schema).equals("timestamp-micros")) {
                    Instant at = MICROS.fromLong((Long) value, schema, schema.getLogicalType());
                    return JSON.getNodeFactory().textNode(TIME.format(at));
                }
                return JSON.getNodeFactory().numberNode((Long) value);
            case BYTES:
                if (logicalName(schema).equals("decimal")) {
                    LogicalTypes.Decimal type = (LogicalTypes.Decimal) schema.getLogicalType();
                    BigDecimal amount = DECIMAL.fromBytes((ByteBuffer) value, schema, type);
                    return JSON.getNodeFactory().textNode(amount.toPlainString());
                }
                byte[] bytes = new byte[((ByteBuffer) value).remaining()];
                ((ByteBuffer) value).duplicate().get(bytes);
                return JSON.getNodeFactory().textNode(HexFormat.of().formatHex(bytes));
            case BOOLEAN:
                return JSON.getNodeFactory().booleanNode((Boolean) value);
            case INT:
                return JSON.getNodeFactory().numberNode((Integer) value);
            default:
                return JSON.getNodeFactory().textNode(value.toString());
        }
    }

    private String encode(int id, String text, boolean blocks) throws IOException {
        Schema schema = schemas.get(id);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(0);
        out.write(ByteBuffer.allocate(4).putInt(id).array());
        EncoderFactory factory = new EncoderFactory().configureBlockSize(BLOCK_SIZE);
        BinaryEncoder encoder =
                blocks ? factory.blockingBinaryEncoder(out, null) : factory.binaryEncoder(out, null);
        new GenericDatumWriter<Object>(schema).write(fromJson(schema, JSON.readTree(text)), encoder);
        encoder.flush();
        return HexFormat.of().formatHex(out.toByteArray());
    }

    private String decode(int id, String text) throws IOException {
        byte[] bytes = HexFormat.of().parseHex(text);
        if (bytes.length < 5 || bytes[0] != 0) {
            throw new IOException("no header");
        }
        Schema writer = schemas.get(ByteBuffer.wrap(bytes, 1, 4).getInt());
        Schema reader = schemas.get(id);
        BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(bytes, 5, bytes.length - 5, null);
        Object value = new GenericDatumReader<>(writer, reader).read(null, decoder);
        if (!decoder.isEnd()) {
            throw new IOException("bytes left over");
        }
        return JSON.writeValueAsString(toJson(reader, value));
    }

    private String answer(String line) {
        String[] parts = line.split(" ", 3);
        try {
            int id = Integer.parseInt(parts[1]);
            switch (parts[0]) {
                case "encode":
                    return encode(id, parts[2], false);
                case "encode-blocks":
                    return encode(id, parts[2], true);
                case "decode":
                    return decode(id, parts[2]);
                default:
                    throw new IllegalArgumentException(parts[0]);
            }
        } catch (Exception error) {
            // Whatever the library throws is an answer here.
            return ("error " + error).replace('\n', ' ');
        }
    }

    public static void main(String[] args) throws IOException {
        Peer peer = new Peer(Path.of(args[0]));
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line; (line = in.readLine()) != null; ) {
            out.println(peer.answer(line));
        }
    }
}

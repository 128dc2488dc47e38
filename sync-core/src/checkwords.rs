//! The six words an administrator and a phone compare before a device is let in.
//!
//! Both sides derive them by themselves from the phone's public key, the invitation and the server's public key. If
//! an invitation was forwarded to another phone, or someone sits between phone and server, the words differ. Six of
//! 256 words are 48 bits: enough, because a forger gets one try and a person is looking.

use sha2::{Digest, Sha256};

/// How many words are compared.
pub const WORDS: usize = 6;

/// One word in both languages: Chinese and its English alias at the same index.
pub type Word = (&'static str, &'static str);

/// The words for a device. `invitation` is the invitation's id, empty for a walk-up request; keys are SEC1 bytes.
pub fn derive(device_public_key: &[u8], invitation: &str, server_public_key: &[u8]) -> [Word; WORDS] {
    let mut hash = Sha256::new();
    hash.update(b"qiao check words\0");
    for part in [device_public_key, invitation.as_bytes(), server_public_key] {
        // Lengths keep the parts apart: nothing can be moved from one to the next.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    std::array::from_fn(|i| TABLE[usize::from(digest[i])])
}

/// 256 common, concrete words that sound different when read over a bad telephone line. Their order is part of the
/// protocol: it never changes.
#[rustfmt::skip]
static TABLE: [Word; 256] = [
    ("老虎", "tiger"), ("狮子", "lion"), ("大象", "elephant"), ("猴子", "monkey"),
    ("兔子", "rabbit"), ("松鼠", "squirrel"), ("狐狸", "fox"), ("山羊", "goat"),
    ("绵羊", "sheep"), ("黄牛", "ox"), ("骏马", "horse"), ("骆驼", "camel"),
    ("熊猫", "panda"), ("海豚", "dolphin"), ("鲸鱼", "whale"), ("鲤鱼", "carp"),
    ("螃蟹", "crab"), ("青蛙", "frog"), ("乌龟", "turtle"), ("蜜蜂", "bee"),
    ("蝴蝶", "butterfly"), ("蜻蜓", "dragonfly"), ("蚂蚁", "ant"), ("蜗牛", "snail"),
    ("喜鹊", "magpie"), ("燕子", "swallow"), ("孔雀", "peacock"), ("天鹅", "swan"),
    ("老鹰", "eagle"), ("鸽子", "dove"), ("公鸡", "rooster"), ("鸭子", "duck"),
    ("苹果", "apple"), ("香蕉", "banana"), ("西瓜", "melon"), ("葡萄", "grape"),
    ("橘子", "orange"), ("桃子", "peach"), ("梨子", "pear"), ("樱桃", "cherry"),
    ("草莓", "berry"), ("柠檬", "lemon"), ("核桃", "walnut"), ("花生", "peanut"),
    ("玉米", "corn"), ("小麦", "wheat"), ("水稻", "rice"), ("大豆", "bean"),
    ("白菜", "cabbage"), ("萝卜", "radish"), ("土豆", "potato"), ("番茄", "tomato"),
    ("黄瓜", "cucumber"), ("辣椒", "pepper"), ("大蒜", "garlic"), ("生姜", "ginger"),
    ("蘑菇", "mushroom"), ("竹笋", "shoot"), ("莲藕", "lotus"), ("茶叶", "tea"),
    ("豆腐", "tofu"), ("面条", "noodle"), ("馒头", "bun"), ("饺子", "dumpling"),
    ("蜂蜜", "honey"), ("牛奶", "milk"), ("鸡蛋", "egg"), ("食盐", "salt"),
    ("白糖", "sugar"), ("酱油", "sauce"), ("米饭", "meal"), ("月饼", "mooncake"),
    ("太阳", "sun"), ("月亮", "moon"), ("星星", "star"), ("彩虹", "rainbow"),
    ("白云", "cloud"), ("闪电", "lightning"), ("雪花", "snow"), ("露水", "dew"),
    ("春风", "breeze"), ("冰块", "ice"), ("火焰", "flame"), ("沙漠", "desert"),
    ("森林", "forest"), ("草原", "prairie"), ("高山", "mountain"), ("峡谷", "canyon"),
    ("河流", "river"), ("湖泊", "lake"), ("海洋", "ocean"), ("岛屿", "island"),
    ("瀑布", "waterfall"), ("温泉", "spring"), ("石头", "stone"), ("泥土", "soil"),
    ("松树", "pine"), ("柳树", "willow"), ("竹子", "bamboo"), ("枫叶", "maple"),
    ("荷花", "lily"), ("菊花", "daisy"), ("梅花", "plum"), ("牡丹", "peony"),
    ("玫瑰", "rose"), ("兰花", "orchid"), ("青草", "grass"), ("种子", "seed"),
    ("果园", "orchard"), ("梯田", "terrace"), ("池塘", "pond"), ("水井", "well"),
    ("房子", "house"), ("大门", "gate"), ("窗户", "window"), ("屋顶", "roof"),
    ("烟囱", "chimney"), ("院子", "yard"), ("楼梯", "stairs"), ("厨房", "kitchen"),
    ("桥梁", "bridge"), ("道路", "road"), ("码头", "dock"), ("车站", "station"),
    ("学校", "school"), ("医院", "hospital"), ("邮局", "post"), ("市场", "market"),
    ("桌子", "table"), ("椅子", "chair"), ("床铺", "bed"), ("柜子", "cabinet"),
    ("镜子", "mirror"), ("台灯", "lamp"), ("蜡烛", "candle"), ("灯笼", "lantern"),
    ("雨伞", "umbrella"), ("毛巾", "towel"), ("肥皂", "soap"), ("梳子", "comb"),
    ("剪刀", "scissors"), ("针线", "needle"), ("纽扣", "button"), ("钥匙", "key"),
    ("帽子", "hat"), ("手套", "glove"), ("围巾", "scarf"), ("毛衣", "sweater"),
    ("裤子", "trousers"), ("裙子", "skirt"), ("鞋子", "shoe"), ("袜子", "sock"),
    ("眼镜", "glasses"), ("手表", "watch"), ("戒指", "ring"), ("背包", "backpack"),
    ("篮子", "basket"), ("箱子", "box"), ("瓶子", "bottle"), ("茶壶", "teapot"),
    ("饭碗", "bowl"), ("筷子", "chopsticks"), ("勺子", "spoon"), ("盘子", "plate"),
    ("铁锅", "wok"), ("水桶", "bucket"), ("扫帚", "broom"), ("锄头", "hoe"),
    ("镰刀", "sickle"), ("斧头", "axe"), ("锤子", "hammer"), ("钉子", "nail"),
    ("锯子", "saw"), ("梯子", "ladder"), ("绳子", "rope"), ("渔网", "net"),
    ("汽车", "car"), ("火车", "train"), ("飞机", "plane"), ("轮船", "ship"),
    ("马车", "cart"), ("卡车", "truck"), ("拖车", "trailer"), ("帆船", "sail"),
    ("气球", "balloon"), ("风筝", "kite"), ("火箭", "rocket"), ("卫星", "satellite"),
    ("电话", "phone"), ("相机", "camera"), ("电脑", "computer"), ("电池", "battery"),
    ("收音", "radio"), ("喇叭", "horn"), ("钢琴", "piano"), ("吉他", "guitar"),
    ("笛子", "flute"), ("大鼓", "drum"), ("铃铛", "bell"), ("歌曲", "song"),
    ("书本", "book"), ("报纸", "newspaper"), ("铅笔", "pencil"), ("毛笔", "brush"),
    ("墨水", "ink"), ("信封", "envelope"), ("邮票", "stamp"), ("地图", "map"),
    ("日历", "calendar"), ("字典", "dictionary"), ("黑板", "blackboard"), ("粉笔", "chalk"),
    ("国旗", "flag"), ("象棋", "chess"), ("足球", "football"), ("篮球", "hoop"),
    ("跳绳", "jump"), ("雪橇", "sled"), ("秋千", "swing"), ("积木", "block"),
    ("木偶", "puppet"), ("面具", "mask"), ("魔术", "magic"), ("舞蹈", "dance"),
    ("红色", "red"), ("黄色", "yellow"), ("蓝色", "blue"), ("绿色", "green"),
    ("紫色", "purple"), ("白色", "white"), ("黑色", "black"), ("金色", "gold"),
    ("银色", "silver"), ("灰色", "grey"), ("珍珠", "pearl"), ("水晶", "crystal"),
    ("黄金", "nugget"), ("钢铁", "steel"), ("玻璃", "glass"), ("木头", "wood"),
    ("棉花", "cotton"), ("丝绸", "silk"), ("羊毛", "wool"), ("皮革", "leather"),
    ("陶瓷", "pottery"), ("砖头", "brick"), ("水泥", "cement"), ("沙子", "sand"),
    ("早晨", "morning"), ("中午", "noon"), ("傍晚", "evening"), ("夜晚", "night"),
    ("春天", "sprout"), ("夏天", "summer"), ("秋天", "autumn"), ("冬天", "winter"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_word_is_two_characters_and_unique_in_both_languages() {
        assert!(
            TABLE
                .iter()
                .all(|(zh, en)| zh.chars().count() == 2 && en.bytes().all(|b| b.is_ascii_lowercase()))
        );
        assert_eq!(TABLE.iter().map(|w| w.0).collect::<BTreeSet<_>>().len(), 256);
        assert_eq!(TABLE.iter().map(|w| w.1).collect::<BTreeSet<_>>().len(), 256);
    }

    #[test]
    fn words_change_with_the_key_the_invitation_and_the_server() {
        let words = derive(&[4; 65], "i-1", &[5; 65]);
        assert_eq!(words, derive(&[4; 65], "i-1", &[5; 65]));
        assert_ne!(words, derive(&[6; 65], "i-1", &[5; 65]));
        assert_ne!(words, derive(&[4; 65], "i-2", &[5; 65]));
        assert_ne!(words, derive(&[4; 65], "i-1", &[6; 65]));
        // Bytes moved across a boundary are another input.
        assert_ne!(derive(b"ab", "c", b""), derive(b"a", "bc", b""));
    }
}

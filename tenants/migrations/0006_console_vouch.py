from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0005_first_passwords'),
    ]

    operations = [
        migrations.AlterField(
            model_name='vouch',
            name='ground',
            field=models.CharField(choices=[('founding', 'センター開設時の担当者'), ('console', 'コンソールで指名'), ('second', '招待した人とは別の人が確認'), ('standing', '在籍確認の導入前からの担当者')], max_length=10, verbose_name='根拠'),
        ),
    ]
